// SPDX-License-Identifier: Apache-2.0

package engine

import "os"

// mooring is whether a connection's driver has it. While it has not, nothing is
// read and no readiness told; writing goes on.
type mooring uint8

const (
	fast      mooring = iota // the driver has it
	casting                  // the driver is letting go; what it has received still comes
	adrift                   // the driver has nothing of it
	returning                // as casting, but it is to come back at once
)

// cast has the driver let go of a plain connection. A secured one stays: what
// its driver has is ciphertext, which nobody else can read.
func (c *Conn) cast() {
	if c.phase == open && c.tls == nil && c.moored == fast {
		c.moored = casting
		c.loop.drv.Detach(c.slot)
	}
}

// loose: the driver has let go of a connection, to come back or not.
func (c *Conn) loose() bool {
	if c.moored == fast || c.phase == gone {
		return false
	}
	back := c.moored == returning
	c.moored = adrift
	if back {
		c.moor()
	}
	return true
}

// moor gives a connection back to its driver, and has it go on.
func (c *Conn) moor() {
	switch {
	case c.phase == gone || c.moored == fast:
		return
	case c.moored != adrift:
		c.moored = returning
		return
	}
	l := c.loop
	if err := l.drv.Add(int(c.fd), c.slot); err != nil {
		l.eng.cfg.Log.Error("a connection could not be watched again; it is closed", "error", os.NewSyscallError("add", err))
		c.close(CauseAborted)
		return
	}
	c.moored = fast
	l.lock(&c.out)
	waits := c.out.state == blocked
	l.unlock(&c.out)
	if waits {
		c.awaitWritable()
	}
	switch {
	case c.phase != open && c.phase != leaving && !c.ended:
		c.recv(0)
	case c.phase == open && c.holds == 0:
		c.resumed()
	}
}
