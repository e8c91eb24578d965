// SPDX-License-Identifier: Apache-2.0

package engine

import "weir/engine/driver"

// Reason is a set of bits: why a connection is not read. Its user gives the
// bits their meaning.
type Reason uint8

// Hold stops reading for a reason, until Resume. What the handler has of the
// current bytes is its own to keep.
func (c *Conn) Hold(why Reason) {
	if c.holds == 0 && c.phase == open && !c.ended && c.moored == fast {
		c.loop.drv.Hold(c.slot)
	}
	c.holds |= why
}

// Resume takes a reason back; with the last one reading goes on.
func (c *Conn) Resume(why Reason) {
	if c.holds&why == 0 {
		return
	}
	c.holds &^= why
	if c.holds != 0 || c.phase != open || c.moored != fast {
		return // the last: it is resumed when it is moored again
	}
	c.resumed()
}

// resumed has the user go on, and then reads.
func (c *Conn) resumed() {
	defer c.Guard()
	c.h.Resumed()
	if c.owed && c.holds == 0 && c.phase == open {
		c.owed = false
		c.h.End(false)
	}
	c.rearm()
}

// Held says for which reasons reading is off.
func (c *Conn) Held() Reason { return c.holds }

// Bite limits each further read to n bytes; 0 lifts the limit. After each one
// the handler may set the next.
func (c *Conn) Bite(n int) { c.bite = int32(n) }

// rearm asks for more, if more is wanted.
func (c *Conn) rearm() {
	if c.holds == 0 && c.phase == open && !c.ended {
		c.recv(int(c.bite))
	}
}

func (c *Conn) recv(max int) {
	if c.moored != fast {
		return
	}
	c.once = max > 0
	c.loop.drv.Recv(c.slot, max)
}

// receive takes one Data of the driver.
func (c *Conn) receive(b []byte, st driver.Status) {
	defer c.Guard()
	switch {
	case st != driver.Open:
		c.end(st == driver.Failed)
	case c.phase == open:
		if c.tls != nil && c.tls.ready {
			c.tls.receive(b)
		} else {
			c.h.Data(b)
		}
		if c.once || c.bite > 0 {
			c.rearm()
		}
	}
}

// end: nothing more comes from the peer.
func (c *Conn) end(failed bool) {
	if c.ended && !failed {
		return
	}
	told := c.ended && !c.owed
	c.ended = true
	failed = failed || c.dead // a failed write has taken the socket's error with it
	switch {
	case c.phase != open || told:
	case c.holds != 0 && !failed:
		c.owed = true // its user still has input to go through
	default:
		c.h.End(failed)
	}
	switch {
	case failed:
		c.close(CausePeer)
	case c.phase == lingering:
		c.close(CauseFinished)
	}
}

// Guard is deferred around everything that a peer's bytes can cause. A panic
// there closes this one connection. One under a lock cannot be survived: others
// would wait for that lock for ever.
func (c *Conn) Guard() {
	v := recover()
	if v == nil {
		return
	}
	if c.loop.critical > 0 {
		panic(v)
	}
	c.loop.Count.Panics++
	c.loop.eng.panicked(v)
	c.close(CausePanic)
}
