// SPDX-License-Identifier: Apache-2.0

package engine

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
	*g = guest{}
}

// OnLeave has left called, on the connection's loop, when the connection is
// closed, in the place of what was to be called: for a user who finds out only
// later whose connection it is.
func (c *Conn) OnLeave(left func(now int64)) { c.guest.left = left }
