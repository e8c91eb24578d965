// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/engine/drivertest"
)

const (
	stormLoops   = 3
	stormPeers   = 16 // at a time
	stormRounds  = 80 // connections of each
	stormTargets = 64 // connections, most of them gone, that writers write to
	stormPause   = 50 * time.Millisecond
)

// storm is the close-and-reopen storm: connections come and go at a high rate,
// so that descriptors are given out anew all the time, while all loops write
// to those that are and to those that were. Every unit carries the number of
// the connection it is meant for.
type storm struct {
	t       *testing.T
	e       *Engine
	serial  atomic.Int64
	targets [stormTargets]atomic.Pointer[target]
	all     sync.Map // serial: *target
	stop    atomic.Bool
	right   atomic.Int64 // units at the right peer
	queued  atomic.Int64
}

type target struct {
	c      *Conn
	serial int64
	unit   string
}

func TestCloseAndReopenStorm(t *testing.T) { onEach(t, closeAndReopenStorm) }

func closeAndReopenStorm(t *testing.T, open drivertest.Open) {
	s := &storm{t: t, e: newEngine(t, open, Config{Loops: stormLoops})}
	ls, err := s.e.Listen(ListenConfig{Addr: loopback, Backlog: 256, ReusePort: true, Accept: s.accept})
	if err != nil {
		t.Fatal(err)
	}
	var writers, peers sync.WaitGroup
	for i, l := range s.e.loops {
		writers.Add(1)
		s.write(l, rand.New(rand.NewPCG(uint64(i), 1)), writers.Done)
	}
	for i := range stormPeers {
		peers.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 2))
			for range stormRounds {
				s.peer(ls.Addr().String(), rng)
			}
		})
	}
	peers.Wait()
	s.stop.Store(true)
	writers.Wait()
	ls.Close()
	eventually(t, "all connections are closed", func() bool {
		n := 0
		s.e.Conns(func(*Conn) { n++ })
		return n == 0
	})
	if s.right.Load() < stormRounds {
		t.Errorf("only %d of %d units arrived: the test does not test", s.right.Load(), s.queued.Load())
	}
	t.Logf("%d connections, %d units queued, %d at their peers", s.serial.Load(), s.queued.Load(), s.right.Load())
}

// accept numbers a connection, tells its peer so and lets the writers have it.
func (s *storm) accept(c *Conn) Handler {
	n := s.serial.Add(1)
	it := &target{c: c, serial: n, unit: fmt.Sprintf("{%d:%s}", n, strings.Repeat("x", 30))}
	c.Write(c.loop, fmt.Appendf(nil, "{%d}", n))
	s.all.Store(n, it)
	s.targets[n%stormTargets].Store(it)
	return &stormHandler{s: s, c: c, it: it}
}

// stormHandler ends its connection in a way that depends on its number.
type stormHandler struct {
	s  *storm
	c  *Conn
	it *target
}

func (h *stormHandler) Data(b []byte) {
	if strings.Trim(string(b), ".") != "" {
		h.s.t.Errorf("a connection receives %.40q, which its peer has not sent", b)
	}
	if bytes.IndexByte(b, '.') < 0 || h.it.serial%3 == 0 {
		return
	}
	if h.it.serial%3 == 1 {
		h.c.Abort(CauseAborted)
	} else {
		h.c.Finish(nil, CauseFinished)
	}
}

func (h *stormHandler) Resumed()      {}
func (h *stormHandler) Closing(Cause) {}
func (h *stormHandler) End(bool)      { h.c.Finish(nil, CausePeer) }
func (h *stormHandler) Closed(u *Unsent, _ Cause) {
	u.Each(func(b []byte, _ uint32) {
		if string(b) != h.it.unit {
			h.s.t.Errorf("connection %d leaves %.40q behind", h.it.serial, b)
		}
	})
}

// write is a writer on a loop: a few units for any of the targets, mostly for
// one that has just come, and again.
func (s *storm) write(l *Loop, rng *rand.Rand, done func()) {
	var step func()
	step = func() {
		for range 8 {
			n := s.serial.Load() - int64(rng.IntN(2*stormPeers))
			it := s.targets[(n%stormTargets+stormTargets)%stormTargets].Load()
			if it == nil {
				continue
			}
			r := runOf(1, it.unit, it.unit, it.unit)
			if it.c.Queued() < 200<<10 && it.c.Append(l, r) == Queued {
				s.queued.Add(3)
			}
			if rng.IntN(4) == 0 {
				it.c.flush(l)
			}
		}
		if s.stop.Load() {
			done()
			return
		}
		l.Post(step)
	}
	l.Post(step)
}

// peer connects, reads for a while, checks every unit, and leaves.
func (s *storm) peer(addr string, rng *rand.Rand) {
	conn, err := net.Dial("tcp4", addr)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer conn.Close()
	if rng.IntN(2) == 0 {
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
	units, mine := rng.IntN(20), ""
	buf, held := make([]byte, 2048), ""
	for n := 0; n <= units; {
		k, err := s.read(conn, buf, mine)
		held += string(buf[:k])
		for {
			unit, rest, whole := strings.Cut(held, "}")
			if !whole {
				break
			}
			held = rest
			number, body, _ := strings.Cut(strings.TrimPrefix(unit, "{"), ":")
			switch {
			case mine == "" && body == "":
				mine = number
			case number != mine || strings.Trim(body, "x") != "" || len(body) != 30:
				s.t.Errorf("the peer of connection %q reads %.60q", mine, unit)
				return
			}
			n++
			s.right.Add(1)
		}
		if err != nil {
			break
		}
	}
	if rng.IntN(3) == 0 {
		_ = conn.SetDeadline(time.Now().Add(stormPause))
		_, _ = conn.Write([]byte("..."))
		_, _ = io.CopyN(io.Discard, conn, int64(rng.IntN(5000)))
	}
}

// read waits only for as long as something waits for this peer: the writers may
// have forgotten it, but what they have queued must come.
func (s *storm) read(conn net.Conn, buf []byte, mine string) (int, error) {
	for begin := time.Now(); ; {
		_ = conn.SetReadDeadline(time.Now().Add(stormPause))
		n, err := conn.Read(buf)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		serial, _ := strconv.ParseInt(mine, 10, 64)
		it, _ := s.all.Load(serial)
		if mine != "" && it.(*target).c.Queued() == 0 {
			return 0, err
		}
		if time.Since(begin) > patience {
			s.t.Errorf("nothing comes for connection %q, for which something waits", mine)
			return 0, err
		}
	}
}
