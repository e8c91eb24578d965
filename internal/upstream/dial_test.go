// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestDial(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	for _, row := range []struct{ network, listen, prefix string }{
		{"tcp4", "127.0.0.1:0", ""}, {"tcp6", "[::1]:0", ""}, {"unix", path, "unix:"},
	} {
		t.Run(row.network, func(t *testing.T) {
			l, err := net.Listen(row.network, row.listen)
			if err != nil {
				t.Skipf("this machine has no %s: %v", row.network, err)
			}
			defer l.Close()
			s := usual("s")
			s.Address = row.prefix + l.Addr().String()
			fd, err := dial(t.Context(), &s)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = unix.Close(fd) }()
			theirs, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer theirs.Close()
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
				t.Errorf("the descriptor blocks (%v)", err)
			}
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
				t.Errorf("programs we start inherit the descriptor (%v)", err)
			}
			if row.network != "unix" {
				wantOption(t, fd, unix.TCP_NODELAY, 1)
				wantOption(t, fd, unix.TCP_NOTSENT_LOWAT, unsentBytes)
				wantOption(t, fd, unix.TCP_USER_TIMEOUT, int((s.PingInterval + s.PingTimeout).Milliseconds()))
			}
			if _, err := unix.Write(fd, []byte("x")); err != nil {
				t.Error(err)
			}
			b := make([]byte, 1)
			_ = theirs.SetReadDeadline(time.Now().Add(10 * time.Second))
			if n, err := theirs.Read(b); n != 1 {
				t.Errorf("what was written did not come: %v", err)
			}
		})
	}
}

func wantOption(t *testing.T, fd, option, want int) {
	t.Helper()
	if got, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, option); err != nil || got != want {
		t.Errorf("option %d is %d (%v), want %d", option, got, err, want)
	}
}

func TestDialFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := usual("s")
	s.Address = l.Addr().String()
	_ = l.Close()
	if _, err := dial(t.Context(), &s); err == nil || problemOf(err) != "connection refused" {
		t.Errorf("a closed port gives %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := dial(ended, &s); err == nil {
		t.Error("it goes on when it should stop")
	}
}
