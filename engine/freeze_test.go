// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/drivertest"
	"weir/engine/epoll"
)

// relay is a pair whose first half's bytes go on to the second, while what is
// between them is frozen and moved.
type relay struct {
	from, to *user
	want     []byte
	got      chan []byte
}

func newRelay(t *testing.T, e *Engine, i int) *relay {
	units := 600
	if strings.HasSuffix(t.Name(), "/unkind") {
		units = 60 // they come byte by byte
	}
	r := &relay{want: bytes.Repeat([]byte(unitText(uint32(i), i, 1000)), units), got: make(chan []byte, 1)}
	r.to = connect(t, e.loops[i%len(e.loops)], &user{})
	r.from = connect(t, e.loops[(i+1)%len(e.loops)], &user{onData: func(c *Conn, b []byte) {
		r.to.c.Append(c.loop, run1(string(b), c.id))
	}})
	go func() { _, _ = r.from.peer.Write(r.want) }()
	go func() {
		b := make([]byte, len(r.want))
		n, _ := io.ReadFull(r.to.peer, b)
		r.got <- b[:n]
	}()
	return r
}

func (r *relay) check(t *testing.T) {
	t.Helper()
	select {
	case got := <-r.got:
		if !bytes.Equal(got, r.want) {
			t.Errorf("%d bytes come through, not the %d that were sent, or in another order", len(got), len(r.want))
		}
	case <-time.After(2 * patience):
		t.Error("not all bytes come through")
	}
}

func freeze(t *testing.T, e *Engine) *Frozen {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	f, err := e.Freeze(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestThaw: whatever was under way goes on as if nothing had been.
func TestThaw(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		e := newEngine(t, open, Config{})
		var relays []*relay
		for i := range 4 {
			relays = append(relays, newRelay(t, e, i))
		}
		for range 40 {
			freeze(t, e).Thaw()
		}
		for _, r := range relays {
			r.check(t)
		}
	})
}

// TestMove: connections go from one engine to the next and the next, in the
// middle of what they carry.
func TestMove(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		e := newEngine(t, open, Config{})
		var relays []*relay
		for i := range 4 {
			relays = append(relays, newRelay(t, e, i))
		}
		for i := range 8 {
			next := newEngine(t, open, Config{Loops: 1 + i%3})
			move(t, e, next)
			e = next
		}
		for _, r := range relays {
			r.check(t)
		}
	})
}

// move takes all connections of one engine to another. One after the other: two
// engines of one process may share a poller, and the one that is frozen has it.
func move(t *testing.T, from, to *Engine) {
	t.Helper()
	type moving struct {
		fd int
		st State
		u  *user
	}
	var all []*Conn
	var moved []moving
	old := freeze(t, from)
	from.Conns(func(c *Conn) { all = append(all, c) })
	for _, c := range all {
		st, ok := old.State(c)
		if !ok {
			t.Error("a connection that is open has no state")
			continue
		}
		fd, err := unix.FcntlInt(uintptr(c.fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i := range st.Units {
			st.Units[i].Bytes = bytes.Clone(st.Units[i].Bytes)
		}
		moved = append(moved, moving{fd, st, c.h.(*user)})
		old.Part(c)
	}
	old.Thaw()
	young := freeze(t, to)
	for _, m := range moved {
		young.Inherit(to.loops[m.st.Loop%len(to.loops)], m.fd, &m.st, nil, m.u.start)
		if m.u.c.ID() != m.st.ID {
			t.Error("a connection has lost its ID")
		}
	}
	to.SetLastID(from.LastID())
	young.Thaw()
}

// TestMoveBegun: a unit of which a part is written goes on where it stopped, and
// the units keep their ends and their sources.
func TestMoveBegun(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		e, next := newEngine(t, open, Config{}), newEngine(t, open, Config{})
		u := connect(t, e.loops[0], &user{})
		units := u.block(t, 7, 3000)
		before := u.c.Queued()
		move(t, e, next)
		if n := u.c.Queued(); n > before || n == 0 {
			t.Errorf("%d bytes wait, before it moved %d did", n, before)
		}
		var want bytes.Buffer
		for _, s := range units {
			want.WriteString(s)
		}
		u.reads(t, want.String())
		eventually(t, "all of them count as delivered", func() (all bool) {
			on(t, u.c.loop, func() { all = u.c.Tally().UnitsOut == uint32(len(units)) })
			return all
		})
	})
}

// TestMoveUnsent: what was not written when the connection breaks after a move is
// left behind with its sources, each unit once.
func TestMoveUnsent(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		e, next := newEngine(t, open, Config{}), newEngine(t, open, Config{})
		u := connect(t, e.loops[0], &user{})
		units := u.block(t, 7, 3000)
		move(t, e, next)
		on(t, u.c.loop, func() { u.c.Abort(CauseAborted) })
		u.wait(t)
		sent := len(units) - len(u.unsent)
		for i, s := range u.unsent {
			if s != units[sent+i] || u.sources[i] != 7 {
				t.Fatalf("unit %d of what is left is not the one that was queued there", i)
			}
		}
		if sent == len(units) {
			t.Error("nothing is left of what was blocked")
		}
	})
}

// TestThawAfterClose: who was to be closed while nothing moved is closed then.
func TestThawAfterClose(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		e := newEngine(t, open, Config{})
		u := connect(t, e.loops[0], &user{})
		f := freeze(t, e)
		u.c.loop.Post(func() { u.c.Abort(CauseAborted) })
		f.Thaw()
		if cause := u.wait(t); cause != CauseAborted {
			t.Errorf("cause %v", cause)
		}
		eventually(t, "no connection is left", func() (none bool) {
			none = true
			e.Conns(func(*Conn) { none = false })
			return none
		})
	})
}

// TestThawAccepts: who came while nobody was accepted is in the backlog.
func TestThawAccepts(t *testing.T) {
	onEach(t, func(t *testing.T, open drivertest.Open) {
		e := newEngine(t, open, Config{})
		u := &user{closed: make(chan struct{})}
		ls, err := e.Listen(ListenConfig{Addr: loopback, Backlog: 8, ReusePort: true, Accept: u.start})
		if err != nil {
			t.Fatal(err)
		}
		f := freeze(t, e)
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		if err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(ls.Addr().Port()), Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
		f.Thaw()
		if _, err := unix.Write(fd, []byte("here")); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the connection is accepted", func() bool { return u.received() == "here" })
	})
}

// TestRestless: loops that are never at rest are not held up for ever.
func TestRestless(t *testing.T) {
	e := newEngine(t, epoll.New, Config{Loops: 1, Log: slog.New(slog.DiscardHandler)})
	u := connect(t, e.loops[0], &user{})
	stop := false
	var again func()
	again = func() {
		if !stop {
			e.loops[0].Post(again)
		}
	}
	on(t, e.loops[0], again)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := e.Freeze(ctx); !errors.Is(err, ErrRestless) {
		t.Errorf("Freeze: %v", err)
	}
	on(t, e.loops[0], func() { stop = true })
	u.send(t, "still here")
	eventually(t, "it is read", func() bool { return u.received() == "still here" })
}
