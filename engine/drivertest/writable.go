// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"io"
	"testing"
)

func writableOnce(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	for i := 1; i <= 3; i++ {
		r.do(func() { r.d.Writable(s.slot) })
		r.until("an empty socket is writable", func() bool { return s.writables == i })
		r.calm()
		r.mu.Lock()
		if s.writables != i {
			t.Errorf("Writable came %d times, asked for %d times", s.writables, i)
		}
		r.mu.Unlock()
	}
}

func writableWaits(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	full := 0
	r.do(func() {
		s.recv(0)
		full = s.fill()
		r.d.Writable(s.slot)
	})
	s.send([]byte("meanwhile")) // reading goes on
	s.arrives([]byte("meanwhile"))
	r.calm()
	r.mu.Lock()
	if s.writables != 0 {
		t.Error("Writable came for a full socket")
	}
	r.mu.Unlock()
	if _, err := io.CopyN(io.Discard, s.peer, int64(full)); err != nil {
		t.Fatal(err)
	}
	r.until("the socket takes bytes again", func() bool { return s.writables == 1 })
	s.send([]byte(", afterwards"))
	s.arrives([]byte("meanwhile, afterwards"))
}

func writableHeld(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	s.send([]byte("unread"))
	r.do(func() { r.d.Writable(s.slot) })
	r.until("an empty socket is writable", func() bool { return s.writables == 1 })
	r.calm()
	r.mu.Lock()
	if s.n > 0 {
		t.Error("asking for Writable has read a held slot")
	}
	r.mu.Unlock()
	r.do(func() { s.recv(0) })
	s.arrives([]byte("unread"))
}
