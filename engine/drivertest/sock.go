// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"bytes"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// sock is one connected socket under test and what its driver said of it. Its
// methods but those of its peer run on the loop.
type sock struct {
	r    *rig
	slot driver.Slot
	fd   int
	peer *net.TCPConn

	held      bool
	bite      int // bytes of the one Data asked for; 0: a stream
	late      int // bytes since it was held
	leaving   bool
	detached  bool // leaving, but what was received still comes
	inRelease bool

	got                                        []byte
	calls, ends, fails, writables, releases, n int
	onData                                     func(b []byte, st driver.Status)
	onWritable, onReleased                     func()
}

// add makes a TCP connection and gives one end of it to the loop.
func (r *rig) add() *sock {
	r.t.Helper()
	fd, peer := r.pair()
	s := &sock{r: r, fd: fd, peer: peer, held: true}
	r.do(func() { s.enter() })
	return s
}

// enter registers the socket; it may be called on the loop only.
func (s *sock) enter() {
	s.slot = s.r.slot()
	s.r.socks[s.slot] = s
	if err := s.r.d.Add(s.fd, s.slot); err != nil {
		s.r.t.Errorf("Add: %v", err)
	}
}

// pair makes a TCP connection: a bare, non-blocking descriptor, and its peer.
func (r *rig) pair() (int, *net.TCPConn) {
	r.t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { peer.Close() })
	if err = peer.SetDeadline(time.Now().Add(patience)); err != nil {
		r.t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		r.t.Fatal(err)
	}
	fd := -1
	if cerr := raw.Control(func(ours uintptr) {
		fd, err = unix.FcntlInt(ours, unix.F_DUPFD_CLOEXEC, 0) // shares O_NONBLOCK
	}); cerr != nil || err != nil {
		r.t.Fatal(cerr, err)
	}
	return fd, peer.(*net.TCPConn)
}

// recv, hold and release pass on, and note what may come from then on.
func (s *sock) recv(max int) {
	s.held, s.bite = false, max
	s.r.d.Recv(s.slot, max)
}

func (s *sock) hold() {
	if !s.held {
		s.held, s.late = true, 0
	}
	s.r.d.Hold(s.slot)
}

func (s *sock) release() {
	if s.leaving {
		return
	}
	s.leaving, s.inRelease = true, true
	s.r.d.Release(s.slot)
	s.inRelease = false
}

// detach lets go for a while; enterAgain comes back with the same slot.
func (s *sock) detach() {
	s.detached, s.inRelease = true, true
	s.r.d.Detach(s.slot)
	s.inRelease = false
}

func (s *sock) enterAgain() {
	s.detached, s.held = false, true
	s.r.socks[s.slot] = s
	if err := s.r.d.Add(s.fd, s.slot); err != nil {
		s.r.t.Errorf("Add: %v", err)
	}
}

func (s *sock) data(b []byte, st driver.Status) {
	t := s.r.t
	switch {
	case s.fails > 0:
		t.Errorf("Data (status %d, %d bytes) after Failed", st, len(b))
	case st == driver.Failed:
		s.fails++
	case s.ends > 0:
		t.Errorf("Data (status %d, %d bytes) after End", st, len(b))
	case st == driver.End:
		s.ends++
	case len(b) == 0 || len(b) > driver.ReadBytes:
		t.Errorf("Data of %d bytes", len(b))
	default:
		s.bytes(b)
	}
	if st != driver.Open && len(b) > 0 {
		t.Errorf("status %d comes with %d bytes", st, len(b))
	}
	if s.onData != nil {
		s.onData(b, st)
	}
}

// bytes notes what came, and whether it may have.
func (s *sock) bytes(b []byte) {
	s.calls++
	s.n += len(b)
	s.got = append(s.got, b...)
	switch {
	case s.detached:
	case s.held:
		s.late += len(b)
	case s.bite > 0:
		s.late = max(0, len(b)-s.bite)
		s.held = true
	}
	if s.late > s.r.late {
		s.r.t.Errorf("%d bytes have come late, or on top of a bite; at most %d may", s.late, s.r.late)
	}
}

func (s *sock) writable() {
	s.writables++
	if s.onWritable != nil {
		s.onWritable()
	}
}

func (s *sock) released() {
	s.releases++
	if s.detached && !s.leaving {
		if s.onReleased != nil {
			s.onReleased()
		}
		return
	}
	delete(s.r.socks, s.slot)
	s.r.give(s.slot)
	_ = unix.Close(s.fd)
	if s.onReleased != nil {
		s.onReleased()
	}
}

// fill writes until the socket takes no more, and returns how much that was.
func (s *sock) fill() (n int) {
	block := make([]byte, 64<<10)
	for {
		took, err := unix.Write(s.fd, block)
		if err != nil {
			return n
		}
		n += took
	}
}

// send has the peer write b.
func (s *sock) send(b []byte) {
	s.r.t.Helper()
	if _, err := s.peer.Write(b); err != nil {
		s.r.t.Fatalf("the peer cannot write: %v", err)
	}
}

// reset has the peer break the connection.
func (s *sock) reset() {
	s.r.t.Helper()
	if err := s.peer.SetLinger(0); err != nil {
		s.r.t.Fatal(err)
	}
	s.peer.Close()
}

// arrives waits until the socket has brought exactly these bytes.
func (s *sock) arrives(want []byte) {
	s.r.t.Helper()
	s.r.until("the peer's bytes arrive", func() bool { return s.n >= len(want) })
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if !bytes.Equal(s.got, want) {
		s.r.t.Fatalf("%d bytes came, not the %d that were sent, or in another order", len(s.got), len(want))
	}
}

// pattern is n bytes that show where they were cut or moved.
func pattern(n, seed int) []byte {
	b := make([]byte, n)
	for i := range b {
		x := uint32(i+seed*7919) * 2654435761
		b[i] = byte(x >> 24)
	}
	return b
}
