// SPDX-License-Identifier: Apache-2.0

package engine

import "golang.org/x/sys/unix"

const (
	// flushParts is how many chunks one write gathers.
	flushParts = 16
	// flushRounds is how often a writer looks again for what was appended
	// while it wrote, before it leaves the rest to the owner: a writer must not
	// be kept by others.
	flushRounds = 3
)

// flush writes what waits in c's outbox, if nobody else is at it; l is the
// caller's loop.
func (c *Conn) flush(l *Loop) {
	o := &c.out
	l.lock(o)
	if o.state != dirty {
		l.unlock(o)
		return
	}
	if c.tls != nil && c.loop != l {
		c.tls.askOwner()
		l.unlock(o)
		return
	}
	o.state = writing
	c.write(l)
}

// write is flush's body, and the owner's after a wait for the socket. It is
// called with o.mu held and the token taken, and gives both back.
func (c *Conn) write(l *Loop) {
	if c.tls != nil {
		c.tls.write(l)
		return
	}
	o := &c.out
	for round := 1; ; round++ {
		n, size := o.gather(&l.parts)
		l.unlock(o)
		took, err := 0, error(nil)
		if n > 0 {
			took, err = send(c.fd, &l.msg, l.parts[:n])
		}
		l.lock(o)
		if took > 0 {
			l.Count.BytesOut += int64(took)
			c.wrote(l, took)
			if o.progress != 0 {
				o.progress = l.now
			}
		}
		if c.settle(l, outcome{err: err, short: took < size, empty: o.head == nil, last: round == flushRounds}) {
			return
		}
	}
}

// outcome is what one round of writing came to.
type outcome struct {
	err   error
	short bool // the socket did not take all of it
	empty bool // nothing waits any more
	last  bool // the writer has looked again often enough
}

// settle does what a round of writing asks for, plain or secured. It is called
// with the outbox locked; when it says that the writer is through, the lock and
// the token are given back.
func (c *Conn) settle(l *Loop, r outcome) (through bool) {
	o := &c.out
	switch {
	case o.wanted:
		o.state = blocked
		c.leave(l, (*Conn).closeNow)
	case r.err != nil:
		o.state = blocked // nobody writes to it again
		c.leave(l, (*Conn).broken)
	case r.short:
		c.block(l)
	case r.empty:
		o.state = idle
		c.caughtUp(o)
		switch {
		case o.ending:
			c.leave(l, (*Conn).drained)
		case c.half:
			c.half = false
			c.leave(l, (*Conn).halfClosed)
		default:
			l.unlock(o)
		}
	case r.last:
		o.state = dirty
		l.unlock(o)
		c.loop.Post(c.flushOwn)
	default:
		return false
	}
	return true
}

// leave gives up the lock and has the owner do the next thing: now when that is
// us, else by message.
func (c *Conn) leave(l *Loop, next func(*Conn)) {
	l.unlock(&c.out)
	if c.loop == l {
		next(c)
		return
	}
	c.loop.Post(func() { next(c) })
}

// flushOwn goes on, in another batch, with a flush that others kept busy.
func (c *Conn) flushOwn() { c.flush(c.loop) }

// block leaves the outbox to the socket. The first time, the peer gets a gate.
func (c *Conn) block(l *Loop) {
	o := &c.out
	o.state = blocked
	if o.progress == 0 {
		o.progress = l.now
	}
	if o.gate == nil && !o.sealed && (c.tls == nil || c.tls.ready) {
		c.openGate()
	}
	c.leave(l, (*Conn).awaitWritable)
}

// caughtUp ends a congestion when little enough waits.
func (c *Conn) caughtUp(o *outbox) {
	if o.head == nil && !c.pending() {
		o.progress = 0
	}
	if o.gate != nil && o.queued <= int(c.loop.eng.low.Load()) {
		o.gate.Low()
		o.gate = nil
	}
}

// awaitWritable is the owner's: it asks the driver, and sees to it that a peer
// who takes nothing does not stay for ever.
func (c *Conn) awaitWritable() {
	if c.phase >= leaving {
		return
	}
	if c.moored == fast {
		c.loop.drv.Writable(c.slot)
	}
	if !c.timer.Armed() {
		c.timer.Fire = c.stalled
		c.loop.Arm(&c.timer, c.loop.now+c.loop.eng.stall.Load())
	}
}

// writable is the owner's: the socket takes bytes again.
func (c *Conn) writable() {
	l, o := c.loop, &c.out
	l.lock(o)
	if o.state != blocked {
		l.unlock(o)
		return
	}
	o.state = writing
	c.write(l)
	l.lock(o)
	if o.state == blocked {
		c.caughtUp(o)
	}
	l.unlock(o)
}

// stalled is called a stall time after the socket was first full, and looks
// whether it took anything since.
func (c *Conn) stalled() {
	o := &c.out
	o.mu.Lock()
	progress := o.progress
	o.mu.Unlock()
	if progress == 0 || c.patient {
		return
	}
	deadline := progress + c.loop.eng.stall.Load()
	if c.loop.now < deadline {
		c.loop.Arm(&c.timer, deadline)
		return
	}
	c.loop.Count.Stalled++
	c.Abort(CauseStalled)
}

// gather points parts at what is to be written and returns how many they are
// and how many bytes.
func (o *outbox) gather(parts *[flushParts]unix.Iovec) (n, size int) {
	off := o.off
	for k := o.head; k != nil && n < flushParts; k = k.next {
		b := k.b[off:]
		off = 0
		parts[n].Base = &b[0]
		parts[n].SetLen(len(b))
		size += len(b)
		n++
	}
	return n, size
}
