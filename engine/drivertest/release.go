// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"weir/engine/driver"
)

func releaseOnce(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	r.do(func() { s.recv(0) })
	s.send([]byte("x"))
	s.arrives([]byte("x"))
	r.do(func() { s.release() })
	r.until("Released comes", func() bool { return s.releases == 1 })
	r.calm() // a second one would find no slot
}

// A release in EndBatch has no later event of its batch to be told with.
func releaseInEndBatch(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	r.settle()
	r.mu.Lock()
	r.atEnd = func() { s.release() }
	r.mu.Unlock()
	r.d.Wake()
	r.until("Released comes", func() bool { return s.releases == 1 })
}

// Whoever is heard first releases all others, who have bytes waiting too.
func releaseStale(t *testing.T, open Open) {
	r := newRig(t, open)
	var all []*sock
	for range 24 {
		s := r.add()
		s.onData = func([]byte, driver.Status) {
			for _, o := range all {
				if o != s {
					o.release()
				}
			}
		}
		s.send([]byte("x"))
		all = append(all, s)
	}
	r.do(func() {
		for _, s := range all {
			s.recv(0)
			r.d.Writable(s.slot)
		}
	})
	r.until("all others are released", func() bool { return len(r.socks) == 1 })
	r.calm()
}

func releaseBusy(t *testing.T, open Open) {
	r := newRig(t, open)
	for _, ask := range []func(*sock){
		func(s *sock) { s.recv(0) },
		func(s *sock) { s.recv(10) },
		func(s *sock) { s.fill(); r.d.Writable(s.slot) },
		func(s *sock) { s.recv(0); s.fill(); r.d.Writable(s.slot) },
		func(s *sock) { s.recv(0); s.hold() },
		func(s *sock) { s.recv(5); s.hold(); s.recv(0) },
	} {
		for _, apart := range []bool{false, true} {
			s := r.add()
			r.do(func() {
				ask(s)
				if !apart {
					s.release()
				}
			})
			r.do(func() { s.release() })
			r.until("Released comes", func() bool { return s.releases == 1 })
		}
	}
	r.calm()
}

// The rig closes the descriptor when it is released: the peer must see that at
// once, which it does not while the kernel reads for us.
func releaseCloses(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	r.do(func() { s.recv(0) })
	r.settle()
	r.do(func() { s.release() })
	r.until("Released comes", func() bool { return s.releases == 1 })
	if err := s.peer.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.peer.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) || err == nil {
		t.Errorf("the peer reads %v, not the end", err)
	} else if !errors.Is(err, io.EOF) {
		t.Logf("the peer reads %v", err)
	}
}

// Each round's socket has the last one's slot, a generation on, and mostly its
// descriptor, which is closed with bytes unread and events under way.
func generations(t *testing.T, open Open) {
	r := newRig(t, open)
	old := r.add()
	r.do(func() { old.recv(0) })
	for i := range 60 {
		fd, peer := r.pair()
		next := &sock{r: r, fd: fd, peer: peer, held: true}
		old.send(pattern(3000, i))
		r.do(func() {
			old.onReleased = func() {
				next.enter()
				next.recv(0)
				r.d.Writable(next.slot)
			}
			r.d.Writable(old.slot)
			old.release()
		})
		want := pattern(100, 1000+i)
		next.send(want)
		next.arrives(want)
		r.until("the new socket is writable", func() bool { return next.writables == 1 })
		if next.slot.Index() != old.slot.Index() {
			t.Fatalf("slot %#x follows %#x", next.slot, old.slot)
		}
		old = next
	}
}
