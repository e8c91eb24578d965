// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

// ended checks how a slot has ended.
func (s *sock) ended(ends, fails int) {
	s.r.t.Helper()
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if s.ends != ends || s.fails != fails {
		s.r.t.Errorf("End came %d times and Failed %d times, not %d and %d", s.ends, s.fails, ends, fails)
	}
}

func endOnce(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	r.do(func() { s.recv(0) })
	s.send([]byte("last words"))
	s.peer.CloseWrite()
	r.until("End comes", func() bool { return s.ends > 0 })
	s.arrives([]byte("last words"))
	r.calm()
	s.ended(1, 0)
}

func endWhileHeld(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	want := pattern(5000, 7)
	s.send(want)
	s.peer.CloseWrite()
	r.calm()
	s.ended(0, 0)
	r.do(func() { s.recv(0) })
	s.arrives(want)
	r.until("End comes", func() bool { return s.ends > 0 })
	r.calm()
	s.ended(1, 0)
}

func writeAfterEnd(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	r.do(func() { s.recv(0) })
	s.peer.CloseWrite()
	r.until("End comes", func() bool { return s.ends > 0 })
	full := 0
	r.do(func() {
		full = s.fill()
		r.d.Writable(s.slot)
	})
	if _, err := io.CopyN(io.Discard, s.peer, int64(full)); err != nil {
		t.Fatal(err)
	}
	r.until("the socket takes bytes again", func() bool { return s.writables == 1 })
	s.ended(1, 0)
}

func resetOnce(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	r.do(func() { s.recv(0) })
	s.send([]byte("bye"))
	s.arrives([]byte("bye"))
	s.reset()
	r.until("Failed comes", func() bool { return s.fails > 0 })
	r.calm()
	s.ended(0, 1)
}

// resetBehindBytes: bytes and the reset behind them come while the loop is at
// work, so that one look finds both.
func resetBehindBytes(t *testing.T, open Open) {
	r := newRig(t, open)
	for i := range 8 {
		s, want := r.add(), pattern(5000, i)
		r.do(func() { s.recv(0) })
		if i%2 == 0 {
			s.send(want[:10])
			s.arrives(want[:10])
		}
		r.do(func() {
			s.send(want[len(s.got):])
			s.reset()
		})
		r.until("Failed comes", func() bool { return s.fails > 0 })
		s.ended(0, 1)
		r.do(s.release)
	}
}

// resetBeforeRecv: bytes and the reset behind them are there before anybody
// asks.
func resetBeforeRecv(t *testing.T, open Open) {
	r := newRig(t, open)
	s, want := r.add(), pattern(5000, 1)
	s.send(want)
	s.reset()
	r.settle()
	r.do(func() {
		if s.fails == 0 {
			s.recv(0)
		}
	})
	r.until("Failed comes", func() bool { return s.fails > 0 })
	r.calm()
	s.ended(0, 1)
	if s.n != 0 && s.n != len(want) {
		t.Errorf("%d of %d bytes came", s.n, len(want))
	}
}

func resetWhileHeld(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	r.do(func() { s.recv(0) })
	s.send([]byte("x"))
	s.arrives([]byte("x"))
	r.do(func() { s.hold() })
	s.reset()
	r.calm()
	r.do(func() {
		if s.fails == 0 {
			s.recv(0)
		}
	})
	r.until("Failed comes", func() bool { return s.fails > 0 })
	r.calm()
	r.do(func() { s.recv(0) }) // has nothing to bring
	r.calm()
	s.ended(0, 1)
}

func resetAfterEnd(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	r.do(func() { s.recv(0) })
	s.peer.CloseWrite()
	r.until("End comes", func() bool { return s.ends > 0 })
	s.reset()
	r.do(func() { _, _ = unix.Write(s.fd, []byte("too late")) })
	r.calm()
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.ends != 1 || s.fails > 1 {
		t.Errorf("End came %d times and Failed %d times, not once and at most once", s.ends, s.fails)
	}
}
