// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Socket is a socket that the server listens on.
type Socket struct {
	Network, Addr string // as configured
	lis           net.Listener
}

var errNoSocket = errors.New("not a listening socket")

// listen takes the socket that was inherited for an address, or opens one.
func (s *Server) listen(network, addr string, open func() (net.Listener, error)) (lis net.Listener, err error) {
	var f *os.File
	if s.cfg.Inherited != nil {
		f = s.cfg.Inherited(network, addr)
	}
	if f == nil {
		lis, err = open()
	} else {
		defer f.Close() // FileListener has made a duplicate
		if lis, err = net.FileListener(f); err != nil {
			return nil, fmt.Errorf("the inherited socket of %s: %w", addr, err)
		}
	}
	if err == nil {
		if u, ok := lis.(*net.UnixListener); ok {
			u.SetUnlinkOnClose(false) // Close sees to it
		}
		s.sockets = append(s.sockets, Socket{network, addr, lis})
	}
	return lis, err
}

// Sockets are those the server listens on.
func (s *Server) Sockets() []Socket { return s.sockets }

// Duplicate is a second descriptor of the socket, which is the caller's.
func (k Socket) Duplicate() (fd int, err error) {
	c, ok := k.lis.(syscall.Conn)
	if !ok {
		return -1, errNoSocket
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, err
	}
	outer := raw.Control(func(own uintptr) { fd, err = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0) })
	return fd, errors.Join(outer, err)
}

// Lend says that another process may have the sockets as its own from now on: their
// names stay when this server closes. TakeBack says that it has not. Both are safe for
// concurrent use with Close.
func (s *Server) Lend()     { s.lent.Store(true) }
func (s *Server) TakeBack() { s.lent.Store(false) }

// removeNames takes local sockets out of their directories, unless they are lent.
func (s *Server) removeNames() {
	if s.lent.Load() {
		return
	}
	for _, k := range s.sockets {
		if k.Network == "unix" {
			_ = os.Remove(k.Addr) // somebody else may have
		}
	}
}
