// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/engine/driver"
	"weir/engine/drivertest"
)

// Sources on all loops write to one peer: every unit whole, each source's in
// order, none lost.
func TestForeignWriters(t *testing.T) { onEach(t, foreignWriters) }

func foreignWriters(t *testing.T, open drivertest.Open) {
	const loops, sources, each = 3, 6, 400
	e := newEngine(t, open, Config{Loops: loops})
	to := connect(t, e.loops[0], &user{})
	var left atomic.Int64
	left.Store(sources * each)
	for src := range sources {
		l := e.loops[src%loops]
		sent := 0
		var step func()
		step = func() {
			for k := 0; k < 1+sent%7 && sent < each; k++ {
				to.c.Append(l, run1(unitText(uint32(src+1), sent, 20+sent*31%900), uint32(src+1)))
				sent++
				left.Add(-1)
			}
			if sent < each {
				l.Post(step)
			}
		}
		l.Post(step)
	}
	got := readUnits(t, to, sources*each)
	for src := range sources {
		var want []string
		for i := range each {
			want = append(want, unitText(uint32(src+1), i, 20+i*31%900))
		}
		if !slices.Equal(got[uint32(src+1)], want) {
			t.Errorf("the units of source %d are not those sent, in order", src+1)
		}
	}
}

// readUnits has the peer read n units, and sorts them by source.
func readUnits(t *testing.T, u *user, n int) map[uint32][]string {
	t.Helper()
	got, buf, held := make(map[uint32][]string), make([]byte, 32<<10), ""
	for n > 0 {
		k, err := u.peer.Read(buf)
		if err != nil {
			t.Fatalf("the peer reads %v with %d units to come", err, n)
		}
		held += string(buf[:k])
		for {
			text, rest, whole := strings.Cut(held, ">")
			if !whole {
				break
			}
			var src uint32
			var i, size int
			if _, err := fmt.Sscanf(text, "<%d.%d.%d:", &src, &i, &size); err != nil || text+">" != unitText(src, i, size) {
				t.Fatalf("a torn unit: %.60q", text)
			}
			got[src] = append(got[src], text+">")
			held = rest
			n--
		}
	}
	if held != "" {
		t.Errorf("%.40q is left over", held)
	}
	return got
}

// Whoever writes stops after some rounds, though more has come meanwhile: the
// rest is the owner's, in another batch.
func TestFlushRoundsAreBounded(t *testing.T) {
	for _, name := range []string{"owner", "stranger"} {
		t.Run(name, func(t *testing.T) {
			c, owner, drain := sink(t)
			writer := owner
			if name == "stranger" {
				writer = &Loop{eng: owner.eng, drv: nopDriver{}}
			}
			const parts = 3*flushRounds*flushParts - 1
			for range parts { // a chunk each
				k := newChunk(1, 0)
				k.b, k.u = append(k.b, 'x'), append(k.u, unit{1, 3})
				if c.out.tail == nil {
					c.out.head = k
				} else {
					c.out.tail.next = k
				}
				c.out.tail = k
				c.out.queued++
			}
			c.out.state = dirty
			c.flush(writer)
			for left := parts - flushRounds*flushParts; left > 0; left -= flushRounds * flushParts {
				if c.Queued() != left || c.out.state != dirty || len(owner.posts.list) != 1 {
					t.Fatalf("%d chunks are left, state %d, %d posts; not %d, dirty, 1", c.Queued(), c.out.state, len(owner.posts.list), left)
				}
				owner.runPosts()
			}
			if c.Queued() != 0 || c.out.state != idle || len(owner.posts.list) != 0 {
				t.Errorf("%d chunks are left, state %d", c.Queued(), c.out.state)
			}
			drain()
		})
	}
}

// An outbox that is behind has a gate; the gate is asked, and told when the
// peer has caught up.
func TestGate(t *testing.T) { onEach(t, gateOpensAndCloses) }

func gateOpensAndCloses(t *testing.T, open drivertest.Open) {
	g := new(freeGate)
	e := newEngine(t, open, Config{NewGate: g.new})
	u := connect(t, e.loops[0], &user{})
	on(t, u.c.loop, func() { u.c.Append(u.c.loop, run1("free", 1)) })
	u.reads(t, "free")
	if opened, _ := g.count(); opened != 0 {
		t.Error("a peer that takes everything has a gate")
	}
	units := u.block(t, 7, 900)
	if opened, closed := g.count(); opened != 1 || closed != 0 {
		t.Errorf("%d gates opened, %d closed", opened, closed)
	}
	for i, want := range []Verdict{Queued, Hold, Refused} {
		before := u.c.Queued()
		g.mu.Lock()
		g.admit = func(src uint32, n, queued int) Verdict {
			if src != uint32(i+1) || n != 5 || queued != before {
				t.Errorf("the gate is asked for %d, %d on top of %d", src, n, queued)
			}
			return want
		}
		g.mu.Unlock()
		l := e.loops[i%2] // strangers are judged, too
		on(t, l, func() {
			if got := u.c.Append(l, run1("<"+fmt.Sprint(i)+"xx>", uint32(i+1))); got != want {
				t.Errorf("verdict %v, not %v", got, want)
			}
		})
		taken := u.c.Queued() != before
		if taken != (want != Refused) {
			t.Errorf("verdict %v, taken: %v", want, taken)
		}
	}
	on(t, e.loops[1], func() { u.c.Write(e.loops[1], []byte("own")) }) // is not judged
	u.reads(t, strings.Join(units, "")+"<0xx><1xx>own")
	eventually(t, "the gate is told that the peer has caught up", func() bool {
		opened, closed := g.count()
		return opened >= 1 && opened == closed
	})
}

// A peer that has caught up but for a little, and then takes nothing more, is
// judged again: nothing else bounds what is queued for it.
func TestBlockedPeerIsAlwaysJudged(t *testing.T) {
	g := new(freeGate)
	g.admit = func(uint32, int, int) Verdict { return Refused }
	l := &Loop{eng: &Engine{cfg: Config{NewGate: g.new}}}
	c := &Conn{loop: l}
	c.out.state = blocked // and no gate
	if v := c.Append(l, run1("x", 1)); v != Refused {
		t.Errorf("verdict %v", v)
	}
}

// A seal of any kind is the gate's last call.
func TestGateIsToldOfTheEnd(t *testing.T) { onEach(t, gateEnds) }

func gateEnds(t *testing.T, open drivertest.Open) {
	for name, end := range map[string]func(*Conn){
		"finish": func(c *Conn) { c.Finish([]byte("bye"), CauseFinished) },
		"abort":  func(c *Conn) { c.Abort(CauseAborted) },
		"yield":  func(c *Conn) { c.Yield(func([]byte, uint32) {}) },
	} {
		t.Run(name, func(t *testing.T) {
			g := new(freeGate)
			e := newEngine(t, open, Config{NewGate: g.new})
			u := connect(t, e.loops[0], &user{})
			u.block(t, 7, 900)
			on(t, u.c.loop, func() { end(u.c) })
			if opened, closed := g.count(); opened != 1 || closed != 1 {
				t.Errorf("%d gates opened, %d closed", opened, closed)
			}
		})
	}
}

// Who takes nothing for a stall time is closed; who takes a little now and then
// is not.
func TestStall(t *testing.T) { onEach(t, stall) }

func stall(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{StallTimeout: 60 * time.Millisecond})
	u := connect(t, e.loops[1], &user{})
	units := u.block(t, 7, 900)
	if cause := u.wait(t); cause != CauseStalled {
		t.Errorf("cause %v", cause)
	}
	u.accounts(t, units)
	on(t, e.loops[1], func() {
		if n := e.loops[1].Count.Stalled; n != 1 {
			t.Errorf("%d stalls counted", n)
		}
	})
}

// A shorter stall time holds for who is stuck already.
func TestSetPatience(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		e := newEngine(t, open, Config{})
		u := connect(t, e.loops[1], &user{})
		u.block(t, 7, 900)
		e.SetPatience(1<<10, 30*time.Millisecond)
		if cause := u.wait(t); cause != CauseStalled {
			t.Errorf("cause %v", cause)
		}
	})
}

// The stall time begins anew with every byte that is taken.
func TestSlowPeerDoesNotStall(t *testing.T) {
	l := &Loop{eng: &Engine{}, drv: nopDriver{}}
	l.eng.stall.Store(100)
	c := &Conn{loop: l, h: &user{closed: make(chan struct{})}}
	c.timer.Fire = c.stalled
	c.out.progress = 10
	l.now = 105
	c.stalled()
	if c.phase != open || c.timer.at != 110 {
		t.Errorf("phase %d, looked at again at %d, not 110", c.phase, c.timer.at)
	}
	c.out.progress = 0 // caught up
	l.now = 300
	c.stalled()
	if c.phase != open {
		t.Error("a peer that has caught up is taken for stalled")
	}
}

// A stranger that meets a full socket leaves the rest to the owner.
func TestStrangerBlocks(t *testing.T) { onEach(t, strangerBlocks) }

func strangerBlocks(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{})
	u := connect(t, e.loops[0], &user{})
	var units []string
	on(t, e.loops[1], func() {
		for i := range 300 {
			units = append(units, unitText(3, i, 900))
			u.c.Append(e.loops[1], run1(units[i], 3))
		}
	})
	u.reads(t, strings.Join(units, ""))
}

// nopDriver is for loops that are driven by hand.
type nopDriver struct{ driver.Driver }

func (nopDriver) Wake()                {}
func (nopDriver) Writable(driver.Slot) {}
