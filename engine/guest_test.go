// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"weir/engine/drivertest"
)

// Who is not admitted is closed at once and gives back the listener's place; who
// is, is told of once when it has gone, however that comes.
func TestAdmit(t *testing.T) { onEach(t, testAdmit) }

func testAdmit(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{Loops: 2})
	m := NewLimit(3)
	var asked, in, left, moved, most atomic.Int32
	ls, err := e.Listen(ListenConfig{Addr: loopback, Backlog: 64, Limit: m, Accept: func(c *Conn) Handler {
		h := greeter(m, &most)(c)
		if in.Add(1) == 1 {
			c.OnLeave(func(int64) { moved.Add(1) })
		}
		return h
	}, Admit: func(from netip.AddrPort) Admission {
		if from.Addr() != loopback.Addr() || from.Port() == 0 {
			t.Errorf("asked for %v", from)
		}
		return Admission{Refused: asked.Add(1)%2 == 0, Left: func(int64) { left.Add(1) }}
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := &callers{t: t, addr: ls.Addr().String(), told: make(chan *net.TCPConn, 64)}
	p.dial(6)
	p.greeted(3)
	eventually(t, "all have been asked for", func() bool { return asked.Load() >= 5 && m.Taken() == 3 })
	if left.Load() != 0 {
		t.Errorf("%d are said to have left", left.Load())
	}
	p.leave(3)
	// The place comes first, the word after it.
	eventually(t, "the places are free and all have been told of", func() bool {
		return m.Taken() == 0 && left.Load()+moved.Load() >= in.Load()
	})
	if left.Load()+moved.Load() != in.Load() || moved.Load() != 1 {
		t.Errorf("%d were let in, %d left, %d by another's name", in.Load(), left.Load(), moved.Load())
	}
}

func TestRefusedConnectionIsClosed(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		e := newEngine(t, open, Config{Loops: 1})
		ls, err := e.Listen(ListenConfig{Addr: loopback, Backlog: 8,
			Accept: func(*Conn) Handler { t.Error("somebody was let in"); return nil },
			Admit:  func(netip.AddrPort) Admission { return Admission{Refused: true} }})
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp4", ls.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(patience))
		if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

// Who is refused uses up nothing of the rate that others wait for.
func TestRefusedDoNotDelay(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		const refused = 40 // at one a second they would take twice our patience
		e := newEngine(t, open, Config{Loops: 1})
		m := NewLimit(0)
		m.SetRate(1)
		var asked, most atomic.Int32
		ls, err := e.Listen(ListenConfig{Addr: loopback, Backlog: 64, Limit: m, Accept: greeter(m, &most),
			Admit: func(netip.AddrPort) Admission { return Admission{Refused: asked.Add(1) <= refused} }})
		if err != nil {
			t.Fatal(err)
		}
		p := &callers{t: t, addr: ls.Addr().String(), told: make(chan *net.TCPConn, 64)}
		p.dial(refused)
		eventually(t, "all are refused", func() bool { return asked.Load() == refused })
		p.dial(1)
		p.greeted(1)
	})
}

// With a rate nobody is refused: they wait, and come in no faster.
func TestAcceptRate(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		e := newEngine(t, open, Config{Loops: 2})
		m := NewLimit(0)
		m.SetRate(20)
		var most atomic.Int32
		ls, err := e.Listen(ListenConfig{Addr: loopback, Backlog: 64, Limit: m, Accept: greeter(m, &most)})
		if err != nil {
			t.Fatal(err)
		}
		p := &callers{t: t, addr: ls.Addr().String(), told: make(chan *net.TCPConn, 64)}
		start := time.Now()
		p.dial(30)
		p.greeted(30)
		// A second's worth comes at once, then one each 50 ms: a bound on work,
		// which no busy machine can break.
		if took := time.Since(start); took < 450*time.Millisecond {
			t.Errorf("30 came in %v, at 20 a second", took)
		}
		m.SetRate(0)
		p.dial(30)
		p.greeted(30)
	})
}

func TestRate(t *testing.T) {
	const second = int64(time.Second)
	r := newRate(10)
	in := func(now int64) (n int) {
		for n < 100 && r.take(now) == 0 {
			n++
		}
		return n
	}
	for i, row := range []struct{ now, want int64 }{{second, 10}, {second, 0}, {second + second/10, 1}, {3 * second, 10}} {
		if got := in(row.now); int64(got) != row.want {
			t.Errorf("step %d: %d, want %d", i, got, row.want)
		}
	}
	if wait := r.take(3 * second); wait != second/10 {
		t.Errorf("to wait for the next: %v", time.Duration(wait))
	}
	r.give()
	if r.take(3*second) != 0 {
		t.Error("what was given back is not there")
	}
	if free := newRate(0); free.take(0) != 0 {
		t.Error("no rate is a limit")
	}
}
