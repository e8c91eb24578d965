// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"testing"

	"golang.org/x/sys/unix"

	"weir/engine/drivertest"
)

// While a stranger holds the token the descriptor stays open, whatever its
// owner wants: the number must not become somebody else's under the writer. As
// soon as the token is given back the connection closes, whether the write went
// well or not.
func TestCloseWaitsForTheToken(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		for _, c := range []struct {
			name string
			prep func(*user)
		}{
			{"nothing to write", func(*user) {}},
			{"something to write", func(u *user) { u.c.out.put(run1("<a>", 3)) }},
			{"more than the socket takes", func(u *user) { u.c.out.put(run1(unitText(3, 1, 8<<20), 3)) }},
			{"a write that fails", func(u *user) {
				u.c.out.put(run1("<a>", 3))
				_ = unix.Shutdown(int(u.c.fd), unix.SHUT_WR)
			}},
		} {
			t.Run(c.name, func(t *testing.T) { closeWaits(t, open, c.prep) })
		}
	})
}

func closeWaits(t *testing.T, open drivertest.Open, prep func(*user)) {
	e := newEngine(t, open, Config{})
	u := connect(t, e.loops[0], &user{})
	owner, stranger := e.loops[0], e.loops[1]
	fd := int(u.c.fd)
	on(t, stranger, func() {
		if !u.c.seize() {
			t.Error("the token is not free")
		}
	})
	on(t, owner, func() { u.c.Abort(CauseAborted) })
	for range 20 { // as many batches as any driver needs to let go
		on(t, owner, func() {})
	}
	select {
	case <-u.closed:
		t.Fatal("the connection is closed under a writer")
	default:
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		t.Fatal("the descriptor is closed under a writer")
	}
	on(t, stranger, func() { // goes on with the write it was at
		stranger.lock(&u.c.out)
		prep(u)
		u.c.write(stranger)
	})
	if cause := u.wait(t); cause != CauseAborted {
		t.Errorf("cause %v", cause)
	}
}

// The owner that is told to stop writing by others' appends goes on in another
// batch, and meanwhile the outbox is on its way to be written.
func TestGivenUpFlushGoesOn(t *testing.T) { onEach(t, givenUpFlush) }

func givenUpFlush(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	for i, l := range e.loops {
		u := connect(t, e.loops[0], &user{})
		on(t, l, func() {
			o := &u.c.out
			l.lock(o)
			o.put(run1("<left>", 3))
			o.state = dirty // on nobody's list, as after the last round
			l.unlock(o)
			u.c.loop.Post(u.c.flushOwn)
			u.c.Append(l, run1("<more>", 3))
		})
		u.reads(t, "<left><more>")
		if i == 0 {
			on(t, l, func() { u.c.flush(l) }) // nothing to do is nothing
		}
	}
}

// A stale sender is told, and changes nothing.
func TestAppendToTheClosed(t *testing.T) { onEach(t, appendToClosed) }

func appendToClosed(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	u := connect(t, e.loops[0], &user{})
	on(t, e.loops[0], func() { u.c.Abort(CauseAborted) })
	u.wait(t)
	before := OutboxBytes()
	for _, l := range e.loops {
		on(t, l, func() {
			if v := u.c.Append(l, run1("<a>", 3)); v != Gone {
				t.Errorf("append: %v", v)
			}
			if v := u.c.Write(l, []byte("<a>")); v != Gone {
				t.Errorf("write: %v", v)
			}
			if v := u.c.Append(l, &Run{}); v != Queued {
				t.Errorf("append of nothing: %v", v)
			}
			u.c.flush(l)
		})
	}
	if n := OutboxBytes() - before; n != 0 || u.c.Queued() != 0 {
		t.Errorf("%d bytes are queued for nobody", n)
	}
	on(t, e.loops[0], func() { // all of it is too late
		u.c.Finish([]byte("x"), CauseFinished)
		u.c.Abort(CauseAborted)
		u.c.Hold(1)
		u.c.Resume(1)
		u.c.awaitWritable()
		u.c.writable()
		u.c.drained()
		u.c.broken()
		u.c.closeNow()
		u.c.Yield(func([]byte, uint32) { t.Error("something is left") })
	})
}
