// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"fmt"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// listening is a listening socket under test.
type listening struct {
	r        *rig
	slot     driver.Slot
	fd, port int
	on       bool
	take     bool // accept who comes
	told     int
	accepted int
}

func (r *rig) listen() *listening {
	r.t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	if err == nil {
		err = unix.Listen(fd, 16)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		r.t.Fatal(err)
	}
	l := &listening{r: r, fd: fd, port: sa.(*unix.SockaddrInet4).Port}
	r.do(func() {
		l.slot = r.slot()
		r.lists[l.slot] = l
		l.turn(true)
	})
	return l
}

func (l *listening) turn(on bool) {
	l.on = on
	if err := l.r.d.Listen(l.fd, l.slot, on); err != nil {
		l.r.t.Errorf("Listen: %v", err)
	}
}

// stop forgets the socket and closes it.
func (l *listening) stop() {
	l.r.d.Unlisten(l.fd, l.slot)
	delete(l.r.lists, l.slot)
	l.r.give(l.slot)
	_ = unix.Close(l.fd)
}

func (l *listening) acceptable() {
	l.told++
	for l.take {
		fd, _, err := unix.Accept4(l.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return
		}
		l.accepted++
		_ = unix.Close(fd)
	}
}

func (l *listening) dial() {
	l.r.t.Helper()
	c, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", l.port))
	if err != nil {
		l.r.t.Fatal(err)
	}
	l.r.t.Cleanup(func() { c.Close() })
}

func listenLevel(t *testing.T, open Open) {
	r := newRig(t, open)
	l := r.listen()
	r.calm()
	l.dial()
	r.until("a caller that is not accepted is told again", func() bool { return l.told >= 5 })
	r.do(func() { l.take = true })
	r.until("the caller is accepted", func() bool { return l.accepted == 1 })
	r.calm()
	l.dial()
	l.dial()
	r.until("both are accepted", func() bool { return l.accepted == 3 })
}

func listenOff(t *testing.T, open Open) {
	r := newRig(t, open)
	l := r.listen()
	l.dial()
	r.until("a caller is told", func() bool { return l.told > 0 })
	r.do(func() { l.turn(false) })
	l.dial()
	r.calm() // a report would fail the test
	r.do(func() {
		l.turn(false)
		l.take = true
		l.turn(true)
		l.turn(true)
	})
	r.until("those who waited are accepted", func() bool { return l.accepted == 2 })
	r.calm()
}

func listenForget(t *testing.T, open Open) {
	r := newRig(t, open)
	for range 20 {
		l := r.listen()
		l.dial()
		r.until("a caller is told", func() bool { return l.told > 0 })
		r.do(func() { l.stop() })
	}
	r.calm()
}
