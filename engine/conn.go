// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// Handler is what a connection's bytes mean to its user. Its methods run on the
// connection's loop and must not block.
type Handler interface {
	// Data brings received bytes; b is valid within the call only. It may come
	// for a held connection, with what was under way.
	Data(b []byte)
	// Resumed says that reading goes on after a hold, before new bytes come.
	Resumed()
	// End says that nothing more will come: the peer has finished sending
	// (failed false), and may still take what waits for it, or the connection
	// is broken (failed true) and is being closed.
	End(failed bool)
	// Closing says that the engine is about to close the connection without the
	// user's Finish. Nothing is sealed yet: what waits can still be moved (Yield).
	Closing(cause Cause)
	// Closed is the last call: the descriptor is closed, and what the peer was
	// not sent wholly is in u, which is valid within the call only.
	Closed(u *Unsent, cause Cause)
}

// Cause says why a connection ended.
type Cause uint8

const (
	CauseFinished Cause = iota // in good order, by our Finish
	CausePeer                  // the peer ended or broke it
	CauseStalled               // the peer took nothing for StallTimeout
	CauseDrain                 // Finish, but the peer did not take it in time
	CauseReplaced              // another connection took its place
	CausePanic                 // our own fault in handling its bytes
	CauseStopped               // the engine stopped
	CauseAborted               // by its user's Abort
)

var causeNames = [...]string{"finished", "peer", "stalled", "drain-timeout", "replaced", "panic", "stopped", "aborted"}

func (k Cause) String() string { return causeNames[k] }

// phase is how far a connection's life has gone.
type phase uint8

const (
	open      phase = iota
	ending          // Finish was called: what waits is written, input is dropped
	lingering       // our side is shut down: input is dropped until the peer ends
	leaving         // to be closed as soon as the token is free
	gone            // the token is ours for good, the driver is letting go
)

// Conn is one connected socket on its loop. Append, Write, Queued, Successor,
// ID and Loop are safe from any loop; everything else is the owner's.
type Conn struct {
	loop  *Loop
	h     Handler
	limit *Limit
	slot  driver.Slot
	fd    int32
	id    uint32
	bite  int32 // most bytes of the next read; 0: a stream
	holds Reason
	phase phase
	ended bool // the peer will send no more
	owed  bool // its user is to be told so when it reads again
	cause Cause
	timer Timer // stall, drain or linger: never two at once
	out   outbox
}

// ID names the connection among those that live now. It is never 0.
func (c *Conn) ID() uint32 { return c.id }

// Loop is the loop the connection lives on.
func (c *Conn) Loop() *Loop { return c.loop }

// Handler is what the connection was given when it was adopted.
func (c *Conn) Handler() Handler { return c.h }

// RemoteAddr asks the kernel for the peer's address; zero when it is gone.
func (c *Conn) RemoteAddr() netip.AddrPort { return address(unix.Getpeername(int(c.fd))) }

// adopt makes a connection of an accepted or dialled descriptor and starts it.
// It runs on the loop that is to own it.
func (l *Loop) adopt(fd int, limit *Limit, user func(*Conn) Handler) {
	c := &Conn{loop: l, fd: int32(fd), limit: limit, slot: l.slots.take()}
	l.slots.at(c.slot).conn = c
	l.eng.register(c)
	l.load.Add(1)
	if err := l.drv.Add(fd, c.slot); err != nil {
		l.eng.cfg.Log.Error("a connection could not be watched", "error", err)
		c.h = user(c)
		c.phase = gone
		c.released(fd)
		return
	}
	c.h = user(c)
	if c.holds == 0 && c.phase == open {
		l.drv.Recv(c.slot, int(c.bite))
	}
}

// Finish ends the connection in good order: nothing of others is queued any
// more, final is written behind what waits, then our side is shut down, and the
// socket is closed when the peer has ended too, or after LingerTimeout. What
// the peer still sends is read and thrown away: closing with unread bytes would
// reset the connection and destroy our last words.
func (c *Conn) Finish(final []byte, cause Cause) {
	if c.phase != open {
		return
	}
	c.phase, c.cause = ending, cause
	o := &c.out
	o.mu.Lock()
	if len(final) > 0 && !o.sealed {
		o.putOwn(final)
	}
	o.seal()
	o.ending = true
	first := o.wake()
	o.mu.Unlock()
	l := c.loop
	if first {
		l.dirty = append(l.dirty, c)
	}
	c.timer.Fire = func() { c.close(CauseDrain) }
	l.Arm(&c.timer, l.now+l.eng.cfg.DrainTimeout.Nanoseconds())
	c.discard()
}

// seal takes nothing of others any more.
func (o *outbox) seal() {
	o.sealed = true
	if o.gate != nil {
		o.gate.Low()
		o.gate = nil
	}
}

// discard reads on, for nobody.
func (c *Conn) discard() {
	c.holds = 0
	if !c.ended {
		c.loop.drv.Recv(c.slot, 0)
	}
}

// drained: after Finish everything is written.
func (c *Conn) drained() {
	if c.phase != ending {
		return
	}
	l := c.loop
	_ = unix.Shutdown(int(c.fd), unix.SHUT_WR) // fails only if the peer is gone already
	if c.ended {
		c.close(CauseFinished)
		return
	}
	c.phase = lingering
	c.timer.Fire = func() { c.close(CauseFinished) }
	l.Arm(&c.timer, l.now+l.eng.cfg.LingerTimeout.Nanoseconds())
}

// Abort closes the connection at once; what was not sent is left behind.
func (c *Conn) Abort(cause Cause) { c.close(cause) }

// broken: a write failed. What the peer sent before may still be in the
// socket, so reading goes on to its end if it is on.
func (c *Conn) broken() {
	if c.phase >= leaving {
		return
	}
	if c.phase != open || c.holds != 0 || c.ended {
		c.close(CausePeer)
		return
	}
	c.out.mu.Lock()
	c.out.seal()
	c.out.mu.Unlock()
	c.timer.Fire = func() { c.close(CausePeer) }
	c.loop.Arm(&c.timer, c.loop.now+c.loop.eng.cfg.LingerTimeout.Nanoseconds())
}

// close begins to close the connection. What ended a connection stays its
// cause, whatever it then dies of, unless its peer did not take what waited.
func (c *Conn) close(cause Cause) {
	if c.phase >= leaving {
		return
	}
	was := c.phase
	if was == open || cause == CauseDrain {
		c.cause = cause
	}
	c.phase = leaving
	if was == open {
		c.h.Closing(cause)
	}
	c.loop.Disarm(&c.timer)
	c.closeNow()
}

// closeNow closes if the token is free. Else the writer, who sees that it is
// wanted, has this called again.
func (c *Conn) closeNow() {
	if c.phase != leaving {
		return
	}
	o := &c.out
	o.mu.Lock()
	o.seal()
	if o.state == writing {
		o.wanted = true
		o.mu.Unlock()
		return
	}
	o.state = closed
	o.mu.Unlock()
	c.phase = gone
	c.loop.slots.at(c.slot).going = true
	c.loop.drv.Release(c.slot)
}

// released: the driver holds nothing of it any more.
func (c *Conn) released(fd int) {
	l := c.loop
	_ = unix.Close(fd) // nothing is left to be told
	l.slots.give(c.slot)
	l.load.Add(-1)
	l.eng.unregister(c)
	if c.limit != nil {
		c.limit.release()
	}
	o := &c.out
	o.mu.Lock() // a hand-over may still come to fetch it
	u := Unsent{head: o.head}
	o.head, o.tail, o.queued = nil, nil, 0
	o.mu.Unlock()
	c.h.Closed(&u, c.cause)
	u.free()
}
