// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"testing"

	"weir/engine/driver"
)

func streamArrives(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	want := pattern(1<<20, 1)
	r.do(func() { s.recv(0) })
	for b := want; len(b) > 0; {
		n := min(len(b), 1+len(b)%70000)
		s.send(b[:n])
		b = b[n:]
	}
	s.arrives(want)
}

func nothingBeforeRecv(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	s.send([]byte("early"))
	r.calm()
	r.mu.Lock()
	if s.n > 0 {
		t.Error("bytes came before Recv")
	}
	r.mu.Unlock()
	r.do(func() { s.recv(0) })
	s.arrives([]byte("early"))
}

func bites(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	want := pattern(3000, 2)
	s.send(want)
	r.do(func() { s.recv(7) })
	r.until("the first bite comes", func() bool { return s.calls > 0 })
	r.calm()
	r.mu.Lock()
	if s.n > 7+r.late {
		t.Errorf("a bite of 7 has brought %d bytes", s.n)
	}
	s.onData = func(_ []byte, st driver.Status) {
		if st == driver.Open {
			s.recv(11)
		}
	}
	r.mu.Unlock()
	r.do(func() { s.recv(11) })
	s.arrives(want)
}

func biteLifted(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	r.do(func() { s.recv(5) })
	r.settle() // the bite is under way, and waits
	r.do(func() { s.recv(0) })
	want := pattern(2000, 3)
	r.do(func() {
		s.onData = func(_ []byte, st driver.Status) {
			if st == driver.Open {
				s.recv(0) // as it may have been the bite
			}
		}
	})
	s.send(want)
	s.arrives(want)
}

// flood has the peer write for as long as it can, and returns how much it
// has written when it cannot for a while or the pattern ends.
func (s *sock) flood(b []byte) chan int {
	done := make(chan int, 1)
	go func() {
		n, _ := s.peer.Write(b)
		done <- n
	}()
	return done
}

func holdFromBatch(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	want := pattern(1<<20, 4)
	r.do(func() { s.recv(0) })
	sent := s.flood(want)
	r.until("bytes come", func() bool { return s.n > 10000 })
	r.do(func() { s.hold() })
	r.calm() // what comes late is judged as it comes
	r.do(func() { s.recv(0) })
	s.arrives(want)
	<-sent
}

func holdWithinData(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	want := pattern(200000, 5)
	s.onData = func(_ []byte, st driver.Status) {
		if !s.held {
			s.hold()
		}
	}
	r.do(func() { s.recv(0) })
	sent := s.flood(want)
	r.until("bytes come", func() bool { return s.n > 0 })
	r.calm()
	r.do(func() {
		s.onData = nil
		s.recv(0)
	})
	s.arrives(want)
	<-sent
}

func holdAndResume(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	want := pattern(300000, 6)
	turn := 0
	s.onData = func(_ []byte, st driver.Status) {
		if st != driver.Open {
			return
		}
		turn++
		switch turn % 4 {
		case 0:
			s.hold()
			s.recv(0)
		case 1:
			s.hold()
		case 2:
			s.recv(100)
		default:
			s.recv(0)
		}
	}
	r.do(func() {
		r.atEnd = func() {
			if s.held && s.ends == 0 && !s.leaving {
				s.recv(0)
			}
			if s.n < len(want) {
				r.d.Wake()
			}
		}
	})
	sent := s.flood(want)
	s.arrives(want)
	r.do(func() { r.atEnd = nil })
	<-sent
}
