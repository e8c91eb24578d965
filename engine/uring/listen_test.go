// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"testing"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// listener makes a listening socket on a port of the kernel's choice.
func listener(t testing.TB) (fd int, at unix.Sockaddr) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err == nil {
		err = unix.Listen(fd, 128)
	}
	if err != nil {
		t.Fatal(err)
	}
	at, err = unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, at
}

// dial connects a blocking socket.
func dial(at unix.Sockaddr) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err = unix.Connect(fd, at); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// tcpPair connects two sockets; the first does not block.
func tcpPair(t *testing.T) (ours, peer int) {
	t.Helper()
	l, at := listener(t)
	defer func() { _ = unix.Close(l) }()
	peer, err := dial(at)
	if err != nil {
		t.Fatal(err)
	}
	ours, _, err = unix.Accept4(l, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	return ours, peer
}

// Who waits is reported again until somebody takes it in, and not while the
// reports are off; and a listener that was forgotten is gone at once.
func TestListen(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		l, at := listener(t)
		s, told := slot(7), 0
		r.do(func() {
			r.onAccept = func(driver.Slot) { told++ }
			if err := r.d.Listen(l, s, true); err != nil {
				t.Error(err)
			}
		})
		c, err := dial(at)
		if err != nil {
			t.Fatal(err)
		}
		r.until("repeated reports", func() bool { return told > 3 })
		r.do(func() { _ = r.d.Listen(l, s, false) })
		r.do(func() { told = 0 })
		for range 10 {
			r.do(func() {})
		}
		r.do(func() {
			if told > 0 {
				t.Error("reported while the reports are off")
			}
			_ = r.d.Listen(l, s, true)
		})
		r.until("reports", func() bool { return told > 0 })
		r.do(func() {
			r.d.Unlisten(l, s)
			_ = unix.Close(l)
			if fd, err := dial(at); err == nil {
				t.Error("a closed listener lets in")
				_ = unix.Close(fd)
			}
		})
		_ = unix.Close(c)
	})
}

// A report that is behind another one in the same batch does not come when the
// first has led to that listener's being turned off, or forgotten.
func TestListenStale(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		l, at := [2]int{}, [2]unix.Sockaddr{}
		for i := range l {
			l[i], at[i] = listener(t)
			c, err := dial(at[i])
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = unix.Close(c) }()
		}
		for _, forget := range []bool{false, true} {
			told := 0
			r.do(func() {
				r.onAccept = func(s driver.Slot) {
					told++
					i := 1 - int(s.Index())
					if forget {
						r.d.Unlisten(l[i], slot(i))
					} else if err := r.d.Listen(l[i], slot(i), false); err != nil {
						t.Error(err)
					}
					if err := r.d.Listen(l[1-i], s, false); err != nil {
						t.Error(err)
					}
				}
				for i := range l {
					if err := r.d.Listen(l[i], slot(i), true); err != nil {
						t.Error(err)
					}
				}
			})
			r.until("a report", func() bool { return told > 0 })
			for range 10 {
				r.do(func() {})
			}
			r.do(func() {
				if told != 1 {
					t.Errorf("%d reports, with the second taken back", told)
				}
			})
		}
		for i := range l {
			_ = unix.Close(l[i])
		}
	})
}
