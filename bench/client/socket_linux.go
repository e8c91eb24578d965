// SPDX-License-Identifier: Apache-2.0

package client

import (
	"fmt"
	"net/netip"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// epoch is what times are counted from: nanoseconds of the monotonic clock.
var epoch = time.Now()

func clock() int64 { return int64(time.Since(epoch)) }

// dial begins to connect. The connection is there, or not, once the socket is
// writable: connected tells.
func dial(to netip.AddrPort, from netip.Addr) (fd int, err error) {
	family := unix.AF_INET6
	if to.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	// A load tool that waits for its own Nagle delay measures itself.
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if from.IsValid() {
		// The port is chosen at connect, so that it need only be free for this peer.
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
		if err := unix.Bind(fd, sockaddr(netip.AddrPortFrom(from, 0))); err != nil {
			_ = unix.Close(fd)
			return -1, os.NewSyscallError("bind", err)
		}
	}
	if err := unix.Connect(fd, sockaddr(to)); err != nil && err != unix.EINPROGRESS {
		_ = unix.Close(fd)
		return -1, os.NewSyscallError("connect", err)
	}
	return fd, nil
}

// connected says how the connecting of a writable socket ended.
func connected(fd int) error {
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 {
		err = unix.Errno(code)
	}
	return os.NewSyscallError("connect", err)
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// rawRead and rawWrite skip the scheduler's bookkeeping around a system call:
// the sockets never block, and the loop's thread is its own.
func rawRead(fd int, b []byte) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return int(n), errno
}

func rawWrite(fd int, b []byte) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return int(n), errno
}

// wait waits for events until the given time, in nanoseconds precision: a
// schedule of 20,000 stanzas a second cannot be kept in milliseconds.
func wait(ep int, events []unix.EpollEvent, timeout time.Duration) (int, error) {
	// Almost always something is there already under load; asking without the
	// scheduler first costs less than telling it that we may block.
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(ep), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if errno == 0 && n > 0 || timeout <= 0 {
		return int(n), nil
	}
	ts := unix.NsecToTimespec(int64(timeout))
	n, _, errno = unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(ep), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(unsafe.Pointer(&ts)), 0, 0)
	switch errno {
	case 0:
		return int(n), nil
	case unix.EINTR:
		return 0, nil
	case unix.ENOSYS: // Linux before 5.11
		m, err := unix.EpollWait(ep, events, int((timeout+time.Millisecond-1)/time.Millisecond))
		if err == unix.EINTR {
			return 0, nil
		}
		return m, os.NewSyscallError("epoll_wait", err)
	}
	return 0, os.NewSyscallError("epoll_pwait2", errno)
}

// exactTimers asks for timers of this thread without the 50 us of slack that
// Linux grants itself otherwise.
func exactTimers() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) }

// usualTimers undoes exactTimers.
func usualTimers() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) }

// filesReserve is what a process opens beside its connections: standard files,
// epoll sets, what the runtime opens.
const filesReserve = 64

// RaiseFileLimit makes room for n connections, as far as the system lets it.
func RaiseFileLimit(n int) error {
	want := uint64(n + filesReserve)
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return os.NewSyscallError("getrlimit", err)
	}
	if lim.Cur >= want {
		return nil
	}
	have := lim.Max
	lim.Cur, lim.Max = want, max(lim.Max, want)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return fmt.Errorf("%d connections need %d open files, allowed are %d: %w", n, want, have, os.NewSyscallError("setrlimit", err))
	}
	return nil
}

// FilesMost is how many connections one process can have without asking for more
// than it is granted. Who may raise the limit raises it, but 100,000 connections
// are not for one thread.
func FilesMost() int {
	var lim unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &lim) != nil || lim.Max <= 2*filesReserve {
		return filesReserve
	}
	return int(min(lim.Max-filesReserve, perProcess))
}

// perProcess is how many connections one thread opens and closes in seconds.
const perProcess = 50_000
