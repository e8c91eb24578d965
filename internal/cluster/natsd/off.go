// SPDX-License-Identifier: Apache-2.0

//go:build nocluster

package natsd

import "net"

// Server is never made in this build.
type Server struct{}

// Start says that this binary has no server in it.
func Start(Options) (*Server, error) { return nil, ErrNotBuilt }

// InProcessConn gives ErrNotBuilt.
func (*Server) InProcessConn() (net.Conn, error) { return nil, ErrNotBuilt }

// RouteAddress is empty.
func (*Server) RouteAddress() string { return "" }

// Stats is zero.
func (*Server) Stats() Stats { return Stats{} }

// Close does nothing.
func (*Server) Close() {}
