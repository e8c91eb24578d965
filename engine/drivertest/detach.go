// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Whatever a driver had taken from the socket when it was to let go has come
// before Released; what it had not is still there, for anybody who reads.
func detachAndReturn(t *testing.T, open Open) {
	r := newRig(t, open)
	s := r.add()
	want := pattern(400000, 9)
	sent := s.flood(want)
	for _, ask := range []func(){
		func() { s.recv(0) },
		func() { s.recv(1000) },
		func() { s.recv(0); s.hold() },
		func() { s.recv(0); r.d.Writable(s.slot) },
		func() {},
	} {
		r.do(ask)
		r.settle()
		before := 0
		r.do(func() {
			before = s.releases
			s.detach()
		})
		r.until("Released comes", func() bool { return s.releases == before+1 })
		r.do(func() { s.readOn(10000) })
		r.do(func() { s.enterAgain() })
	}
	r.do(func() { s.recv(0) })
	s.arrives(want)
	<-sent
	r.calm()
}

// readOn takes at most n bytes past the driver.
func (s *sock) readOn(n int) {
	b := make([]byte, n)
	if k, _, err := unix.Recvfrom(s.fd, b, unix.MSG_DONTWAIT); err == nil {
		s.got, s.n = append(s.got, b[:k]...), s.n+k
	}
}
