// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/engine/driver"
	"weir/engine/drivertest"
	"weir/engine/epoll"
)

func TestForward(t *testing.T) { onEach(t, forward) }

func forward(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	for _, loops := range [][2]int{{0, 0}, {0, 1}, {1, 0}} {
		to := connect(t, e.loops[loops[1]], &user{})
		from := connect(t, e.loops[loops[0]], &user{onData: func(c *Conn, b []byte) {
			to.c.Append(c.loop, run1(string(b), c.id))
		}})
		want := unitText(1, 1, 50000)
		go from.peer.Write([]byte(want))
		to.reads(t, want)
	}
}

// What the peer has said before it ended its side is heard, and it still gets
// what it is owed.
func TestPeerEndsFirst(t *testing.T) { onEach(t, peerEndsFirst) }

func peerEndsFirst(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	u := connect(t, e.loops[0], &user{onEnd: func(c *Conn, failed bool) {
		if failed {
			t.Error("a peer that ends is taken for one that breaks")
		}
		c.Write(c.loop, []byte("answer "))
		c.Finish([]byte("bye"), CausePeer)
	}})
	u.send(t, "question")
	u.peer.CloseWrite()
	if got := u.rest(t); got != "answer bye" {
		t.Errorf("the peer reads %q", got)
	}
	if cause := u.wait(t); cause != CausePeer || u.received() != "question" || len(u.closing) > 0 {
		t.Errorf("cause %v, received %q, closing %v", cause, u.received(), u.closing)
	}
}

// Our last words stand behind what waits, and arrive although the peer goes on
// talking all the time.
func TestFinishKeepsLastWords(t *testing.T) { onEach(t, finishKeepsLastWords) }

func finishKeepsLastWords(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	u := connect(t, e.loops[0], &user{})
	talk := make(chan struct{})
	go func() {
		defer close(talk)
		for range 400 {
			if _, err := u.peer.Write(make([]byte, 1000)); err != nil {
				t.Errorf("the peer cannot write: %v", err)
				return
			}
		}
		u.peer.CloseWrite()
	}()
	units := u.block(t, 7, 5000)
	heard := 0
	on(t, u.c.loop, func() {
		u.c.Finish([]byte("last"), CauseFinished)
		heard = len(u.received())
		if v := u.c.Append(u.c.loop, run1("late", 1)); v != Gone {
			t.Errorf("append to a finished connection: %v", v)
		}
		if v := u.c.Write(u.c.loop, []byte("late")); v != Gone {
			t.Errorf("write to a finished connection: %v", v)
		}
	})
	if got, want := u.rest(t), strings.Join(units, "")+"last"; got != want {
		t.Errorf("the peer reads %d bytes, not %d", len(got), len(want))
	}
	<-talk
	if cause := u.wait(t); cause != CauseFinished || len(u.received()) != heard || len(u.unsent) > 0 {
		t.Errorf("cause %v, %d bytes heard after Finish, unsent %d", cause, len(u.received())-heard, len(u.unsent))
	}
}

// A peer that never ends its side is left after a while.
func TestLinger(t *testing.T) { onEach(t, linger) }

func linger(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{LingerTimeout: 30 * time.Millisecond})
	u := connect(t, e.loops[0], &user{})
	on(t, u.c.loop, func() { u.c.Finish([]byte("bye"), CauseReplaced) })
	if got := u.rest(t); got != "bye" { // at once, not after lingering
		t.Errorf("the peer reads %q", got)
	}
	if cause := u.wait(t); cause != CauseReplaced {
		t.Errorf("cause %v", cause)
	}
}

func TestDrainTimeout(t *testing.T) { onEach(t, drainTimeout) }

func drainTimeout(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{DrainTimeout: 30 * time.Millisecond})
	u := connect(t, e.loops[0], &user{})
	units := u.block(t, 7, 5000)
	on(t, u.c.loop, func() { u.c.Finish([]byte("bye"), CauseStopped) })
	if cause := u.wait(t); cause != CauseDrain {
		t.Errorf("cause %v", cause)
	}
	u.accounts(t, units)
}

// accounts checks that each unit was either sent wholly, or is unsent: the
// unit begun is unsent too.
func (u *user) accounts(t *testing.T, units []string) {
	t.Helper()
	b, _ := io.ReadAll(u.peer) // what the kernel took; the end may be a reset
	got, sent := string(b), 0
	for sent < len(units) && strings.HasPrefix(got, units[sent]) {
		got = got[len(units[sent]):]
		sent++
	}
	// The peer may have lost what the kernel held; we may not.
	u.mu.Lock()
	defer u.mu.Unlock()
	first := len(units) - len(u.unsent)
	if !slices.Equal(u.unsent, units[first:]) {
		t.Fatalf("%d units are unsent, not the last ones of %d", len(u.unsent), len(units))
	}
	if first == len(units) || sent > first {
		t.Errorf("%d units were sent, %d of %d count as sent", sent, first, len(units))
	}
	if got != "" && (sent != first || !strings.HasPrefix(units[first], got)) {
		t.Errorf("after %d whole units %.30q was sent; unsent begin at %d", sent, got, first)
	}
}

func TestAbortLeavesUnsent(t *testing.T) { onEach(t, abortLeavesUnsent) }

func abortLeavesUnsent(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	u := connect(t, e.loops[0], &user{})
	units := u.block(t, 7, 777)
	on(t, u.c.loop, func() { u.c.Write(u.c.loop, []byte("our own words are nobody's")) })
	on(t, u.c.loop, func() { u.c.Abort(CauseAborted) })
	if cause := u.wait(t); cause != CauseAborted || !slices.Equal(u.closing, []Cause{CauseAborted}) {
		t.Errorf("cause %v, closing %v", cause, u.closing)
	}
	u.accounts(t, units)
	if u.sources[0] != 7 {
		t.Errorf("units of source %d, not 7", u.sources[0])
	}
	if u.c.RemoteAddr().IsValid() {
		t.Error("a closed connection has an address")
	}
}

// Closing can take what waits, in order; the unit begun stays for Closed.
func TestYieldInClosing(t *testing.T) { onEach(t, yieldInClosing) }

func yieldInClosing(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	var taken []string
	u := connect(t, e.loops[0], &user{onClosing: func(c *Conn, _ Cause) {
		c.Yield(func(b []byte, src uint32) { taken = append(taken, string(b)) })
	}})
	units := u.block(t, 7, 5000)
	on(t, u.c.loop, func() { u.c.Abort(CauseAborted) })
	u.wait(t)
	if len(u.unsent) > 1 {
		t.Fatalf("%d units are left after Yield", len(u.unsent))
	}
	u.unsent = append(u.unsent, taken...)
	u.accounts(t, units)
}

func TestHoldAndResume(t *testing.T) { onEach(t, holdAndResume) }

func holdAndResume(t *testing.T, open drivertest.Open) {
	const one, two = Reason(1), Reason(2)
	e := newEngine(t, open, Config{})
	u := connect(t, e.loops[0], &user{onStart: func(c *Conn) { c.Hold(one) }})
	l := u.c.loop
	on(t, l, func() {
		u.c.Resume(two) // is not held for that
		u.c.Hold(two)
		u.c.Resume(one)
	})
	u.send(t, "early")
	u.peer.CloseWrite()
	for range 30 {
		on(t, l, func() {})
	}
	if late := l.drv.Caps().Late; len(u.received()) > late {
		t.Errorf("a held connection has read %q", u.received())
	}
	on(t, l, func() {
		if u.c.Held() != two || u.resumed != 0 || len(u.ends) != 0 {
			t.Errorf("held for %b, resumed %d times, ends %v", u.c.Held(), u.resumed, u.ends)
		}
		u.c.Resume(two)
	})
	eventually(t, "the end is told", func() bool {
		u.mu.Lock()
		defer u.mu.Unlock()
		return len(u.ends) == 1
	})
	if u.received() != "early" || u.resumed != 1 || u.ends[0] {
		t.Errorf("received %q, resumed %d times, ends %v", u.received(), u.resumed, u.ends)
	}
}

// An end that comes late for a held connection is told after Resumed, when its
// user has gone through what it had.
func TestOwedEnd(t *testing.T) {
	e := newEngine(t, drivertest.UnkindAll(epoll.New), Config{})
	var order []string
	u := connect(t, e.loops[0], &user{
		onResumed: func(*Conn) { order = append(order, "resumed") },
		onEnd:     func(*Conn, bool) { order = append(order, "end") },
	})
	on(t, u.c.loop, func() {
		u.c.Hold(1)
		u.c.receive(nil, driver.End) // as a driver may
		if len(order) != 0 {
			t.Errorf("told %v while held", order)
		}
		u.c.Resume(1)
		if !slices.Equal(order, []string{"resumed", "end"}) {
			t.Errorf("told %v", order)
		}
	})
}

// Bites bound each read; lifted, changed or set from outside, none stops the
// stream.
func TestBite(t *testing.T) { onEach(t, bite) }

func bite(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	largest := 0
	n := 0
	u := connect(t, e.loops[0], &user{
		onStart: func(c *Conn) { c.Bite(10) },
		onData: func(c *Conn, b []byte) {
			n++
			if n < 20 {
				largest = max(largest, len(b))
			}
			switch n {
			case 20:
				c.Bite(0)
			case 40:
				c.Bite(5)
			case 50:
				c.Bite(0)
			}
		},
	})
	want := unitText(1, 1, 20000)
	for _, c := range want[:2000] {
		u.send(t, string(c))
	}
	u.send(t, want[2000:])
	eventually(t, "all is read", func() bool { return len(u.received()) == len(want) })
	if largest > 10 || u.received() != want {
		t.Errorf("a bite of %d", largest)
	}
	on(t, u.c.loop, func() { u.c.Bite(3) })
	u.send(t, "0123456789")
	eventually(t, "bites from outside go on", func() bool { return strings.HasSuffix(u.received(), "0123456789") })
	on(t, u.c.loop, func() { u.c.Bite(0) })
	u.send(t, "0123456789")
	u.send(t, "the end")
	eventually(t, "lifting from outside goes on", func() bool { return strings.HasSuffix(u.received(), "the end") })
}

// A peer that breaks the connection closes it, whatever it was at.
func TestReset(t *testing.T) { onEach(t, reset) }

func reset(t *testing.T, open drivertest.Open) {
	for _, c := range []struct {
		name string
		prep func(*testing.T, *user)
	}{
		{"reading", func(*testing.T, *user) {}},
		{"held", func(t *testing.T, u *user) {
			on(t, u.c.loop, func() { u.c.Hold(1) })
			t.Cleanup(func() { // a driver may tell it on the next reading only
				on(t, u.c.loop, func() { u.c.Resume(1) })
			})
		}},
		{"blocked", func(t *testing.T, u *user) { u.block(t, 1, 5000) }},
		{"finishing", func(t *testing.T, u *user) {
			u.block(t, 1, 5000)
			on(t, u.c.loop, func() { u.c.Finish([]byte("bye"), CauseStopped) })
		}},
		{"lingering", func(t *testing.T, u *user) {
			on(t, u.c.loop, func() { u.c.Finish([]byte("bye"), CauseStopped) })
			u.reads(t, "bye")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEngine(t, open, Config{})
			u := connect(t, e.loops[0], &user{})
			c.prep(t, u)
			_ = u.peer.SetLinger(0)
			u.peer.Close()
			if c.name == "held" {
				on(t, u.c.loop, func() { u.c.Resume(1) })
			}
			want := CausePeer
			if c.name == "finishing" || c.name == "lingering" {
				want = CauseStopped
			}
			if cause := u.wait(t); cause != want || len(u.ends) > 1 {
				t.Errorf("cause %v, ends %v", cause, u.ends)
			}
		})
	}
}

// A failed write takes the socket's error with it: the read that follows looks
// like an end in good order, which must not make us wait for the drain.
func TestWriteFindsTheConnectionBroken(t *testing.T) { onEach(t, writeFindsBroken) }

func writeFindsBroken(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	u := connect(t, e.loops[0], &user{onEnd: func(c *Conn, _ bool) { c.Finish([]byte("bye"), CausePeer) }})
	l := u.c.loop
	on(t, l, func() {
		_ = u.peer.SetLinger(0)
		u.peer.Close()
		// The reset is here, and this loop has not read it.
		for range 3 {
			u.c.Append(l, run1("to nobody", 9))
			u.c.flush(l)
		}
	})
	if cause := u.wait(t); cause != CausePeer {
		t.Errorf("cause %v", cause)
	}
	if !slices.Equal(u.ends, []bool{true}) {
		t.Errorf("ends %v: a broken connection is taken for one that has ended", u.ends)
	}
	if len(u.unsent) == 0 || u.unsent[0] != "to nobody" {
		t.Errorf("unsent: %q", u.unsent)
	}
}

// Handlers may do anything anywhere.
func TestReentrance(t *testing.T) { onEach(t, reentrance) }

func reentrance(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	for name, u := range map[string]*user{
		"abort at the start":    {onStart: func(c *Conn) { c.Abort(CauseAborted) }},
		"finish at the start":   {onStart: func(c *Conn) { c.Finish(nil, CauseFinished) }},
		"write at the start":    {onStart: func(c *Conn) { c.Write(c.loop, []byte("hello")); c.Finish(nil, CauseFinished) }},
		"abort in Data":         {onData: func(c *Conn, _ []byte) { c.Abort(CauseAborted) }},
		"finish in Data":        {onData: func(c *Conn, _ []byte) { c.Finish(nil, CauseFinished) }},
		"hold, abort in Data":   {onData: func(c *Conn, _ []byte) { c.Hold(1); c.Abort(CauseAborted) }},
		"abort in End":          {onEnd: func(c *Conn, _ bool) { c.Abort(CauseAborted) }},
		"finish, abort":         {onData: func(c *Conn, _ []byte) { c.Finish(nil, CauseFinished); c.Abort(CauseAborted) }},
		"abort in Resumed":      {onData: func(c *Conn, _ []byte) { c.Hold(1); c.Resume(1) }, onResumed: func(c *Conn) { c.Abort(CauseAborted) }},
		"finish in Closing":     {onData: func(c *Conn, _ []byte) { c.Abort(CauseAborted) }, onClosing: func(c *Conn, _ Cause) { c.Finish([]byte("x"), CauseFinished) }},
		"abort in Closing":      {onData: func(c *Conn, _ []byte) { c.Abort(CauseAborted) }, onClosing: func(c *Conn, _ Cause) { c.Abort(CauseDrain) }},
		"resume, hold in Data":  {onData: func(c *Conn, _ []byte) { c.Hold(1); c.Resume(1); c.Hold(1); c.Abort(CauseAborted) }},
		"yield, finish in Data": {onData: func(c *Conn, _ []byte) { c.Yield(func([]byte, uint32) {}); c.Finish([]byte("x"), CauseFinished) }},
		"finish, yield in Data": {onData: func(c *Conn, _ []byte) { c.Finish([]byte("x"), CauseFinished); c.Yield(func([]byte, uint32) {}) }},
	} {
		t.Run(name, func(t *testing.T) {
			connect(t, e.loops[0], u)
			_, _ = u.peer.Write([]byte("data"))
			_ = u.peer.CloseWrite()
			u.wait(t)
		})
	}
}
