// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"net/netip"
	"time"

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
	loop    *Loop
	h       Handler
	limit   *Limit
	visitor *visitor // nil: nothing is known but what the kernel tells
	slot    driver.Slot
	fd      int32
	id      uint32
	bite    int32 // most bytes of the next read; 0: a stream
	holds   Reason
	phase   phase
	once    bool // the driver holds by itself after the next Data: a bite was asked for
	ended   bool // the peer will send no more
	dead    bool // a write failed: the peer will take no more
	owed    bool // its user is to be told so when it reads again

	patient bool // a peer that takes nothing may do so for ever
	half    bool // once the outbox is empty, only our side ends; guarded by its lock
	moored  mooring
	cause   Cause
	timer   Timer  // stall, drain or linger: never two at once
	tls     *layer // nil: plain
	count   connCount
	out     outbox
}

// ID names the connection among those that live now. It is never 0.
func (c *Conn) ID() uint32 { return c.id }

// Loop is the loop the connection lives on.
func (c *Conn) Loop() *Loop { return c.loop }

// Handler is what the connection was given when it was adopted.
func (c *Conn) Handler() Handler { return c.h }

// SetHandler puts another handler in the place of the one that has done its
// part. It gets what comes from now on; what has come is handed on by the caller.
func (c *Conn) SetHandler(h Handler) { c.h = h }

// RemoteAddr is the peer's address; zero when it is gone.
func (c *Conn) RemoteAddr() netip.AddrPort {
	if from := c.toldFrom(); from.IsValid() {
		return from
	}
	return address(unix.Getpeername(int(c.fd)))
}

// SetRemoteAddr says whom the connection is really from, when somebody between
// has told. Else the kernel is asked, and nothing kept.
func (c *Conn) SetRemoteAddr(a netip.AddrPort) { c.known().from = a }

// adopt makes a connection of an accepted or dialled descriptor and starts it.
// It runs on the loop that is to own it, whose load counts it already.
func (l *Loop) adopt(fd int, g guest, user func(*Conn) Handler) {
	c := &Conn{loop: l, fd: int32(fd), limit: g.limit, slot: l.slots.take()}
	if err := l.drv.Add(fd, c.slot); err != nil {
		l.eng.cfg.Log.Error("a connection could not be watched; it is closed", "error", err)
		l.slots.give(c.slot)
		l.load.Add(-1)
		_ = unix.Close(fd)
		g.leave(l.now)
		return
	}
	if g.left != nil {
		c.OnLeave(g.left)
	}
	l.slots.at(c.slot).conn = c
	l.eng.register(c)
	c.h = user(c)
	if l.frozen {
		c.cast()
	}
	c.rearm()
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
	if c.dead {
		c.close(cause)
		return
	}
	c.phase, c.cause = ending, cause
	l, o := c.loop, &c.out
	l.lock(o)
	if len(final) > 0 && o.successor == nil { // who is replaced has had its last words
		o.putOwn(final)
	}
	o.seal()
	o.ending = true
	first := o.wake()
	l.unlock(o)
	if first {
		l.dirty = append(l.dirty, c)
	}
	c.timer.Fire = func() { c.close(CauseDrain) }
	l.Arm(&c.timer, l.now+l.eng.cfg.DrainTimeout.Nanoseconds())
	c.discard()
}

// HalfClose ends our side of a plain connection behind what waits; what the peer
// sends is read as before.
func (c *Conn) HalfClose() {
	l, o := c.loop, &c.out
	l.lock(o)
	o.seal()
	c.half = true
	first := o.wake()
	l.unlock(o)
	if first {
		l.dirty = append(l.dirty, c)
	}
}

func (c *Conn) halfClosed() {
	if c.phase == open {
		_ = unix.Shutdown(int(c.fd), unix.SHUT_WR) // fails only if the peer is gone already
	}
}

// BePatient has a peer that takes nothing not closed for it: one that is told by
// its user when to take.
func (c *Conn) BePatient() { c.patient = true }

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
		c.recv(0)
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
	c.dead = true
	if c.phase != open || c.holds != 0 || c.ended {
		c.close(CausePeer)
		return
	}
	c.loop.lock(&c.out)
	c.out.seal()
	c.loop.unlock(&c.out)
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
	if was == open && c.h != nil { // nil: aborted before it had one
		c.tellClosing(cause)
	}
	c.loop.Disarm(&c.timer)
	c.closeNow()
}

func (c *Conn) tellClosing(cause Cause) {
	defer c.Guard()
	c.h.Closing(cause)
}

// closeNow closes if the token is free. Else the writer, who sees that it is
// wanted, has this called again.
func (c *Conn) closeNow() {
	if c.phase != leaving {
		return
	}
	l, o := c.loop, &c.out
	l.lock(o)
	o.seal()
	if o.state == writing {
		o.wanted = true
		l.unlock(o)
		return
	}
	o.state = closed
	l.unlock(o)
	c.phase = gone
	l.slots.at(c.slot).going = true
	if c.moored == adrift { // the driver has told so already
		l.Post(func() { l.Released(c.slot, int(c.fd)) })
		return
	}
	l.drv.Release(c.slot)
}

// released: the driver holds nothing of it any more.
func (c *Conn) released(fd int) {
	l := c.loop
	_ = unix.Close(fd) // nothing is left to be told
	c.fd = -1          // from now on the number may be somebody else's
	l.slots.give(c.slot)
	l.load.Add(-1)
	l.eng.unregister(c)
	c.goAsGuest(l.now)
	o := &c.out
	l.lock(o) // a hand-over may still come to fetch it
	u := Unsent{head: o.head}
	o.head, o.tail, o.queued, o.own = nil, nil, 0, 0
	if o.successor != nil {
		c.timer.Fire = c.forgetSuccessor
		l.Arm(&c.timer, l.now+successorKept.Nanoseconds())
	}
	l.unlock(o)
	defer u.free()
	defer c.Guard()
	c.h.Closed(&u, c.cause)
}

// successorKept is how long a closed connection still names its successor, for
// senders who found it before: none of them has a batch that lasts so long. Kept
// for ever, a sender that remembers one would keep all that came after it alive.
const successorKept = time.Second

func (c *Conn) forgetSuccessor() {
	l, o := c.loop, &c.out
	l.lock(o)
	o.successor = nil
	l.unlock(o)
}
