// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"context"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// unsentBytes bounds what the kernel keeps of ours for a server that reads
// nothing, as for components (engine).
const unsentBytes = 128 << 10

// dial connects to a server and gives the descriptor, which is the caller's.
// Names are asked for each time; of several addresses the first that answers is
// taken (RFC 8305).
func dial(ctx context.Context, s *Settings) (fd int, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.ConnectTimeout)
	defer cancel()
	network, address := "tcp", s.Address
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	}
	silence := s.PingInterval + s.PingTimeout
	d := net.Dialer{Control: func(network, _ string, c syscall.RawConn) error {
		return control(c, func(fd int) error { return prepare(network, fd, silence) })
	}}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return -1, err
	}
	defer conn.Close() // ours is a duplicate: closing one does not shut the socket down
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return -1, err
	}
	err = control(raw, func(from int) error {
		fd, err = unix.FcntlInt(uintptr(from), unix.F_DUPFD_CLOEXEC, 0)
		return os.NewSyscallError("fcntl", err)
	})
	return fd, err
}

// prepare sets what Go does not: what the kernel keeps unsent, and how long it
// tries for a server that acknowledges nothing.
func prepare(network string, fd int, silence time.Duration) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsentBytes); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds()))
	return os.NewSyscallError("setsockopt", err)
}

// control calls f with the descriptor of c.
func control(c syscall.RawConn, f func(fd int) error) (err error) {
	outer := c.Control(func(fd uintptr) { err = f(int(fd)) })
	if outer != nil {
		return outer
	}
	return err
}
