// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// unsentBytes bounds what the kernel keeps of ours beyond what the peer's
// window takes (TCP_NOTSENT_LOWAT): without it as much as tcp_wmem allows, some
// megabytes, disappears for a peer that reads nothing before we notice and can
// answer their senders.
const unsentBytes = 128 << 10

// send writes parts without waiting. A full socket is no error: took says how
// much went out.
func send(fd int32, msg *unix.Msghdr, parts []unix.Iovec) (took int, err error) {
	msg.Iov = &parts[0]
	msg.SetIovlen(len(parts))
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd),
			uintptr(unsafe.Pointer(msg)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
			continue
		case unix.EAGAIN, unix.ENOBUFS, unix.ENOMEM:
			return 0, nil
		default:
			return 0, os.NewSyscallError("sendmsg", errno)
		}
	}
}

// listenSocket opens a listening TCP socket. What accepted sockets inherit is
// set here once: no delay, keepalive, the bound on unsent bytes.
func listenSocket(addr netip.AddrPort, backlog int, reusePort bool) (fd int, err error) {
	family, sa := unix.AF_INET, unix.Sockaddr(nil)
	if addr.Addr().Is4() {
		sa = &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
	} else {
		family = unix.AF_INET6
		sa = &unix.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16()}
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	type option struct{ level, name, value int }
	options := []option{
		{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1},
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		{unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsentBytes},
	}
	if reusePort {
		options = append(options, option{unix.SOL_SOCKET, unix.SO_REUSEPORT, 1})
	}
	if family == unix.AF_INET6 {
		// As MongooseIM's: any IPv6 address means any IPv4 address too.
		only := 1
		if addr.Addr().IsUnspecified() {
			only = 0
		}
		options = append(options, option{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, only})
	}
	for _, o := range options {
		if err = unix.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			_ = unix.Close(fd)
			return -1, os.NewSyscallError("setsockopt", err)
		}
	}
	if err = os.NewSyscallError("bind", unix.Bind(fd, sa)); err == nil {
		err = os.NewSyscallError("listen", unix.Listen(fd, backlog))
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// accept takes the next connection of a listening socket, and whom it is from; fd
// is -1 when nobody waits.
func accept(lfd int) (fd int, from unix.Sockaddr, err error) {
	for {
		fd, from, err = unix.Accept4(lfd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch err {
		case nil:
			return fd, from, nil
		case unix.EINTR, unix.ECONNABORTED:
			continue // the second: gone before we came
		case unix.EAGAIN:
			return -1, nil, nil
		default:
			return -1, nil, os.NewSyscallError("accept", err)
		}
	}
}

// address turns the kernel's answer into an address; the zero value stands for
// one that is not IP.
func address(sa unix.Sockaddr, err error) netip.AddrPort {
	if err != nil {
		return netip.AddrPort{}
	}
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port))
	}
	return netip.AddrPort{}
}
