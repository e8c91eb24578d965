// SPDX-License-Identifier: Apache-2.0

package engine

import "net/netip"

// Admission is what becomes of somebody who wants to come in.
type Admission struct {
	Refused bool
	Accept  func(*Conn) Handler // in the place of ListenConfig.Accept; nil: that one
	Left    func(now int64)     // called when the connection is closed; may be nil
}

// guest is what a connection that was let in gives back when it goes.
type guest struct {
	limit *Limit          // its place; nil: it has none
	left  func(now int64) // who let it in wants to know; may be nil
}

// leave gives it back.
func (g *guest) leave(now int64) {
	if g.limit != nil {
		g.limit.release()
	}
	if g.left != nil {
		g.left(now)
	}
}

// visitor is what is known of the few connections of which more is known than the
// kernel tells. All others need no memory for it.
type visitor struct {
	from netip.AddrPort  // told by a balancer, or by accept; zero: ask the kernel
	left func(now int64) // guest.left
}

// known is what is known of the connection; from now on something is.
func (c *Conn) known() *visitor {
	if c.visitor == nil {
		c.visitor = new(visitor)
	}
	return c.visitor
}

// OnLeave has left called, on the connection's loop, when the connection is
// closed, in the place of what was to be called: for a user who finds out only
// later whose connection it is.
func (c *Conn) OnLeave(left func(now int64)) { c.known().left = left }

// goAsGuest gives back what the connection had as a guest.
func (c *Conn) goAsGuest(now int64) {
	g := guest{limit: c.limit}
	if c.visitor != nil {
		g.left = c.visitor.left
		c.visitor.left = nil
	}
	c.limit = nil
	g.leave(now)
}

// toldFrom is the address that somebody has told; zero if nobody has.
func (c *Conn) toldFrom() (from netip.AddrPort) {
	if c.visitor != nil {
		from = c.visitor.from
	}
	return from
}
