// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"testing"

	"weir/engine/drivertest"
	"weir/engine/epoll"
)

// A newcomer goes to the loop that has fewest, whichever has accepted it.
func TestPlacement(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		t.Run("one socket", func(t *testing.T) { placement(t, open, ListenConfig{}) })
		t.Run("a socket each", func(t *testing.T) { placement(t, open, ListenConfig{ReusePort: true}) })
	})
}

func placement(t *testing.T, open drivertest.Open, cfg ListenConfig) {
	const loops, few = 3, 10
	e := newEngine(t, open, Config{Loops: loops})
	p := enter(t, e, cfg, loops*few)
	for i, n := range loads(e) {
		if claims := e.loops[i].claims.Load(); n != few || claims != 0 {
			t.Errorf("loop %d has %d of %d connections, %d on their way", i, n, loops*few, claims)
		}
	}
	var all []*Conn
	e.Conns(func(c *Conn) { all = append(all, c) })
	for _, c := range all {
		on(t, c.Loop(), func() {
			if e.Conn(c.ID()) != c || !c.RemoteAddr().IsValid() || c.Handler() == nil {
				t.Errorf("connection %d is not itself", c.ID())
			}
		})
	}
	p.leave(loops * few)
	eventually(t, "all have left", func() bool { return slices.Max(loads(e)) == 0 })
}

// Few streams are spread as evenly as many.
func TestPlacementOfFew(t *testing.T) {
	for _, n := range []int{2, 4, 16} {
		for _, loops := range []int{2, 4} {
			t.Run(fmt.Sprintf("%d on %d", n, loops), func(t *testing.T) {
				e := newEngine(t, epoll.New, Config{Loops: loops})
				p := enter(t, e, ListenConfig{ReusePort: true}, n)
				if have := loads(e); slices.Max(have) != int32((n+loops-1)/loops) {
					t.Errorf("the loops have %d", have)
				}
				p.leave(n)
			})
		}
	}
}

// With one socket, connections that come in turn do not go to the loops in turn:
// of all pairs, some first ones are on one loop and some on the other.
func TestPlacementIsNotInTurn(t *testing.T) {
	const pairs = 64 // all on one side: once in 2^63 runs
	e := newEngine(t, epoll.New, Config{Loops: 2})
	p, firsts := enter(t, e, ListenConfig{}, 0), 0
	for range pairs {
		p.dial(1)
		p.greeted(1)
		firsts += newest(e).Loop().ID()
		p.dial(1)
		p.greeted(1)
	}
	p.leave(2 * pairs)
	if firsts == 0 || firsts == pairs {
		t.Errorf("of %d pairs all first ones are on one loop", pairs)
	}
}

// With Kernel a connection stays where the kernel's hash has put it.
func TestPlacementByKernel(t *testing.T) { onEach(t, placementByKernel) }

func placementByKernel(t *testing.T, open drivertest.Open) {
	const n = 200 // all on one of two loops: once in 2^199 runs
	e := newEngine(t, open, Config{Loops: 2})
	p := enter(t, e, ListenConfig{ReusePort: true, Kernel: true}, n)
	for i, l := range e.loops {
		accepted := int64(0)
		on(t, l, func() { accepted = l.Count.Accepted })
		if have := l.load.Load(); accepted != int64(have) || have == 0 {
			t.Errorf("loop %d has accepted %d and has %d", i, accepted, have)
		}
	}
	p.leave(n)
}

// enter listens and lets n callers in; there may be a few hundred.
func enter(t *testing.T, e *Engine, cfg ListenConfig, n int) *callers {
	t.Helper()
	var most atomic.Int32
	cfg.Addr, cfg.Backlog, cfg.Accept = loopback, 256, greeter(nil, &most)
	ls, err := e.Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := &callers{t: t, addr: ls.Addr().String(), told: make(chan *net.TCPConn, 256)}
	p.dial(n)
	p.greeted(n)
	return p
}

// loads is how many connections each loop has.
func loads(e *Engine) []int32 {
	var all []int32
	for _, l := range e.loops {
		all = append(all, l.load.Load())
	}
	return all
}

func newest(e *Engine) (c *Conn) {
	e.Conns(func(other *Conn) {
		if c == nil || other.ID() > c.ID() {
			c = other
		}
	})
	return c
}
