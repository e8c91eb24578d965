// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"weir/engine/drivertest"
)

const conflict = "</conflict>"

// Every case on one loop and on two.
func TestHandOver(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		for _, c := range []struct {
			name string
			test func(*testing.T, *Engine, *user, *user)
		}{
			{"idle", handOverIdle},
			{"queued", handOverQueued},
			{"unit begun, and taken", handOverPartTaken},
			{"unit begun, not taken", handOverBlocked},
			{"finishing", handOverFinishing},
			{"finishing, last words begun", handOverLastWordsBegun},
			{"aborted", handOverAborted},
			{"broken", handOverBroken},
			{"closed", handOverClosed},
			{"twice", handOverTwice},
			{"closed before it hears of it", handOverThenClose},
		} {
			for _, loop := range []string{"same loop", "two loops"} {
				t.Run(c.name+"/"+loop, func(t *testing.T) {
					e := newEngine(t, open, Config{})
					other := e.loops[0]
					if loop == "two loops" {
						other = e.loops[1]
					}
					c.test(t, e, connect(t, e.loops[0], &user{}), connect(t, other, &user{}))
				})
			}
		}
	})
}

// handOver does it on next's loop, after what next's user has said first.
func handOver(t *testing.T, old, next *user) {
	t.Helper()
	l := next.c.loop
	on(t, l, func() {
		next.c.Write(l, []byte("hello "))
		old.c.HandOver(l, next.c, []byte(conflict))
		if old.c.Successor() != next.c {
			t.Error("the old one has no successor")
		}
		if v := old.c.Append(l, run1("late", 3)); v != Gone {
			t.Errorf("append to the old one: %v", v)
		}
		next.c.Append(l, run1("<after>", 3))
	})
}

func handOverIdle(t *testing.T, _ *Engine, old, next *user) {
	handOver(t, old, next)
	next.reads(t, "hello <after>")
	if got := old.rest(t); got != conflict {
		t.Errorf("the old peer reads %q", got)
	}
	old.peer.Close()
	if cause := old.wait(t); cause != CauseReplaced {
		t.Errorf("cause %v", cause)
	}
}

func handOverQueued(t *testing.T, e *Engine, old, next *user) {
	l := next.c.loop
	on(t, l, func() { // nothing of it is written yet
		for _, s := range []string{"<a>", "<b>", "<c>"} {
			old.c.Append(l, run1(s, 5))
		}
		old.c.Write(l, []byte("<our own>"))
		next.c.Write(l, []byte("hello "))
		old.c.HandOver(l, next.c, []byte(conflict))
	})
	next.reads(t, "hello <a><b><c>")
	if got := old.rest(t); got != conflict {
		t.Errorf("the old peer reads %q", got)
	}
}

// split is what the old peer has read and what the next one has, of units. The
// last words are behind the former if the kernel had made room.
func (u *user) split(t *testing.T, units []string, oldGot, nextGot string) {
	t.Helper()
	all := strings.Join(units, "")
	oldGot = strings.TrimSuffix(oldGot, conflict)
	n := len(all) - len(nextGot)
	if n < 0 || all[n:] != nextGot || !strings.HasPrefix(all, oldGot) {
		t.Fatalf("%d bytes to the old peer and %d to the next are not the %d there were", len(oldGot), len(nextGot), len(all))
	}
	if !strings.HasPrefix(nextGot, "<") {
		t.Errorf("the next peer gets a torn unit: %.40q", nextGot)
	}
	if strings.HasSuffix(oldGot, ">") && len(oldGot) != n {
		t.Errorf("the old peer reads %d bytes, the next one begins at %d", len(oldGot), n)
	}
}

// The socket has some room again, and nobody has used it yet: the rest of the
// unit and the last words fit.
func handOverPartTaken(t *testing.T, _ *Engine, old, next *user) {
	units := old.block(t, 7, 30)
	begun := false
	got := ""
	l := next.c.loop
	on(t, old.c.loop, func() {
		// The owner is kept here, so that it cannot write.
		done := make(chan struct{})
		work := func() {
			defer close(done)
			b := make([]byte, 4<<10)
			for {
				old.c.out.mu.Lock()
				begun = old.c.out.begun() != nil
				old.c.out.mu.Unlock()
				if !begun {
					break // the kernel has split between units: nothing to see
				}
				n, err := old.peer.Read(b)
				got += string(b[:n])
				if err != nil || len(got) > 300<<10 {
					break
				}
				old.c.out.mu.Lock()
				rest := string(old.c.out.begun())
				old.c.out.mu.Unlock()
				if free(int(old.c.fd)) > len(rest)+len(conflict) {
					break
				}
			}
			old.c.HandOver(l, next.c, []byte(conflict))
		}
		if l == old.c.loop {
			work()
		} else {
			l.Post(work)
			<-done
		}
	})
	if !begun {
		t.Skip("the kernel has taken whole units")
	}
	got += old.rest(t)
	trunk, whole := strings.CutSuffix(got, conflict)
	if !whole {
		t.Fatalf("the old peer reads …%.60q", got[max(0, len(got)-60):])
	}
	n := 0
	for ; n < len(units) && strings.HasPrefix(trunk, units[n]); n++ {
		trunk = trunk[len(units[n]):]
	}
	if trunk != "" {
		t.Errorf("the old peer reads a torn unit: %.60q", trunk)
	}
	next.reads(t, strings.Join(units[n:], ""))
}

func handOverBlocked(t *testing.T, _ *Engine, old, next *user) {
	units := old.block(t, 7, 5000)
	handOver(t, old, next)
	oldGot, _ := readAll(old)
	old.peer.Close()
	if cause := old.wait(t); cause != CauseReplaced || len(old.unsent) != 0 {
		t.Errorf("cause %v, %d units left behind", cause, len(old.unsent))
	}
	nextGot := untilText(t, next, "<after>")
	old.split(t, units, oldGot, strings.TrimPrefix(nextGot, "hello "))
}

func handOverFinishing(t *testing.T, _ *Engine, old, next *user) {
	units := old.block(t, 7, 5000)
	on(t, old.c.loop, func() { old.c.Finish([]byte("</own>"), CauseFinished) })
	handOver(t, old, next)
	oldGot, _ := readAll(old)
	old.peer.Close()
	if cause := old.wait(t); cause != CauseFinished || len(old.unsent) != 0 {
		t.Errorf("cause %v, %d units left behind", cause, len(old.unsent))
	}
	nextGot := untilText(t, next, "<after>")
	old.split(t, units, oldGot, strings.TrimPrefix(nextGot, "hello "))
}

// Its own last words are all that waits, and have begun: no others follow.
func handOverLastWordsBegun(t *testing.T, _ *Engine, old, next *user) {
	long := "<" + strings.Repeat("x", 1<<20) + ">"
	on(t, old.c.loop, func() { old.c.Finish([]byte(long), CauseFinished) })
	eventually(t, "they have begun", func() bool {
		old.c.out.mu.Lock()
		defer old.c.out.mu.Unlock()
		return old.c.out.begun() != nil
	})
	handOver(t, old, next)
	next.reads(t, "hello <after>")
	if got, _ := readAll(old); strings.Contains(got, conflict) {
		t.Error("last words on top of last words")
	}
}

func handOverAborted(t *testing.T, _ *Engine, old, next *user) {
	units := old.block(t, 7, 5000)
	l := next.c.loop
	on(t, old.c.loop, func() {
		old.c.Abort(CauseAborted)
		if l == old.c.loop { // before it is closed
			next.c.Write(l, []byte("hello "))
			old.c.HandOver(l, next.c, []byte(conflict))
			next.c.Append(l, run1("<after>", 3))
		}
	})
	if l != old.c.loop { // about when it is
		handOver(t, old, next)
	}
	oldGot, _ := readAll(old)
	old.wait(t)
	nextGot := strings.TrimPrefix(untilText(t, next, "<after>"), "hello ")
	if len(old.unsent) > 0 { // it was closed first, and has left them to its user
		if nextGot != "" {
			t.Fatal("units are left behind and moved")
		}
		nextGot = strings.Join(old.unsent, "")
	}
	old.split(t, units, oldGot, nextGot)
}

// A connection that a failed write has sealed.
func handOverBroken(t *testing.T, _ *Engine, old, next *user) {
	l := next.c.loop
	on(t, old.c.loop, func() {
		_ = old.peer.SetLinger(0)
		old.peer.Close()
		old.c.Append(old.c.loop, run1("<a>", 9))
		old.c.flush(old.c.loop)
		if l == old.c.loop {
			next.c.Write(l, []byte("hello "))
			old.c.HandOver(l, next.c, []byte(conflict))
			next.c.Append(l, run1("<after>", 3))
		}
	})
	if l != old.c.loop {
		handOver(t, old, next)
	}
	old.wait(t)
	got := strings.TrimPrefix(untilText(t, next, "<after>"), "hello ")
	if both := strings.Join(old.unsent, "") + got; both != "<a>" {
		t.Errorf("unsent %q, moved %q", old.unsent, got)
	}
}

func handOverClosed(t *testing.T, _ *Engine, old, next *user) {
	units := old.block(t, 7, 5000)
	on(t, old.c.loop, func() { old.c.Abort(CauseAborted) })
	old.wait(t)
	handOver(t, old, next)
	next.reads(t, "hello <after>")
	old.accounts(t, units)
}

func handOverTwice(t *testing.T, _ *Engine, old, next *user) {
	l := next.c.loop
	on(t, l, func() {
		old.c.Append(l, run1("<a>", 3))
		old.c.HandOver(l, next.c, []byte(conflict))
		old.c.HandOver(l, next.c, []byte(conflict)) // returns
	})
	next.reads(t, "<a>")
	if got := old.rest(t); got != conflict {
		t.Errorf("the old peer reads %q", got)
	}
}

// The old one's loop closes it while the news is on its way there.
func handOverThenClose(t *testing.T, _ *Engine, old, next *user) {
	old.onClosing = func(c *Conn, _ Cause) { c.Yield(func([]byte, uint32) { t.Error("a unit is yielded that was moved") }) }
	l, ol := next.c.loop, old.c.loop
	close1 := func() { old.c.Abort(CauseAborted) }
	on(t, ol, func() {
		done := make(chan struct{})
		work := func() {
			defer close(done)
			old.c.Append(l, run1("<a>", 3))
			old.c.HandOver(l, next.c, []byte(conflict))
		}
		if l == ol {
			work()
		} else {
			l.Post(work)
			<-done
		}
		close1()
	})
	next.reads(t, "<a>")
	old.wait(t)
	if len(old.unsent) != 0 {
		t.Errorf("unsent: %q", old.unsent)
	}
}

// Sources on all loops go on while one connection after another takes the
// place, some of them closing at that very moment: every unit arrives once,
// each source's in order.
func TestHandOverUnderLoad(t *testing.T) { onEach(t, handOverUnderLoad) }

func handOverUnderLoad(t *testing.T, open drivertest.Open) {
	const loops, sources, each, generations = 3, 6, 600, 12
	e := newEngine(t, open, Config{Loops: loops})
	got := make(map[uint32][]string)
	var mu sync.Mutex
	var reading sync.WaitGroup
	var current atomic.Pointer[Conn]
	newcomer := func(i int) *user {
		u := connect(t, e.loops[i%loops], &user{onEnd: func(c *Conn, _ bool) { c.Finish(nil, CausePeer) }})
		return u
	}
	var peers []*user
	first := newcomer(0)
	peers = append(peers, first)
	current.Store(first.c)
	var sent sync.WaitGroup
	for s := range sources {
		sent.Add(1)
		l, src, i := e.loops[s%loops], uint32(s+1), 0
		var step func()
		step = func() {
			for k := 0; k < 1+i%5 && i < each; k++ {
				r := run1(unitText(src, i, 20+i*37%700), src)
				for c := current.Load(); c.Append(l, r) == Gone; {
					next := c.Successor()
					if next == nil {
						t.Error("gone, and nobody in its place")
						break
					}
					c = next
				}
				i++
			}
			if i < each {
				l.Post(step)
				return
			}
			sent.Done()
		}
		l.Post(step)
	}
	for g := 1; g < generations; g++ {
		old, next := peers[g-1], newcomer(g)
		if g%2 == 0 { // this peer reads; the others are behind at once
			reading.Go(func() { collect(t, old, &mu, got) })
		}
		on(t, next.c.loop, func() {
			old.c.HandOver(next.c.loop, next.c, []byte(conflict))
			current.Store(next.c)
		})
		if g%2 != 0 {
			reading.Go(func() { collect(t, old, &mu, got) })
		}
		peers = append(peers, next)
	}
	last := peers[generations-1]
	reading.Go(func() { collect(t, last, &mu, got) })
	sent.Wait()
	on(t, last.c.loop, func() { last.c.Finish([]byte(conflict), CauseFinished) })
	reading.Wait()
	for s := range sources {
		src := uint32(s + 1)
		var want []string
		for i := range each {
			want = append(want, unitText(src, i, 20+i*37%700))
		}
		if !slices.Equal(got[src], want) {
			t.Errorf("source %d: %d units arrived, %d were sent, or in another order", src, len(got[src]), each)
		}
	}
}

// collect reads a peer to its end. Connections take each other's place in
// order, but are read at the same time: units are put where their number says,
// once.
func collect(t *testing.T, u *user, mu *sync.Mutex, got map[uint32][]string) {
	text, _ := readAll(u)
	u.peer.Close()
	mu.Lock()
	defer mu.Unlock()
	for text != "" && text != conflict {
		unit, rest, whole := strings.Cut(text, ">")
		if !whole {
			return // cut off with the connection: it is unsent
		}
		var src uint32
		var i, size int
		if n := scan(unit, &src, &i, &size); n != 3 || unitText(src, i, size) != unit+">" {
			t.Errorf("a torn unit: %.60q", unit)
			return
		}
		for len(got[src]) <= i {
			got[src] = append(got[src], "")
		}
		if got[src][i] != "" {
			t.Errorf("unit %d of source %d arrived twice", i, src)
		}
		got[src][i] = unit + ">"
		text = rest
	}
}

func untilText(t *testing.T, u *user, end string) string {
	t.Helper()
	var all []byte
	b := make([]byte, 32<<10)
	for !strings.HasSuffix(string(all[max(0, len(all)-len(end)):]), end) {
		n, err := u.peer.Read(b)
		all = append(all, b[:n]...)
		if err != nil {
			t.Fatalf("the peer reads %d bytes, then %v", len(all), err)
		}
	}
	return strings.TrimSuffix(string(all), end)
}
