// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// HandOver lets next take the place of c. A unit of which a part is written is
// finished, and final written behind it, if the socket takes both now; else it
// counts as unsent. The whole unsent units move to next, behind what next has
// been given so far and before anything later: who appends to c from then on is
// told Gone, and finds next as its successor. Our own words that c's peer was not
// sent go nowhere; HandOver returns how many.
//
// It is called on next's loop l, which may not be c's, by somebody who sees to
// it that no two hand-overs of one connection meet. It does not wait for c's
// peer.
func (c *Conn) HandOver(l *Loop, next *Conn, final []byte) (lost int) {
	if !c.seize() {
		return 0
	}
	taken := false
	if c.tls != nil {
		taken = c.tls.lastWords(l, final)
	} else {
		taken = c.lastWords(l, final)
	}
	lost = c.moveTo(l, next)
	c.loop.Post(func() { c.replaced(taken) })
	return lost
}

// Yield takes the whole unsent units away from c, in order, and seals it: who
// appends from then on is told Gone. A unit of which a part is written stays.
// It is called on c's own loop; each runs with nothing locked, and b is valid
// within the call only.
func (c *Conn) Yield(each func(b []byte, src uint32)) {
	if !c.seize() {
		return
	}
	l, o := c.loop, &c.out
	l.lock(o)
	o.seal()
	var u Unsent
	if o.state != closed { // else Closed has them, or will
		o.state, o.progress = idle, 0
		u.head = o.head
		o.keepBegun(c.begunBytes())
	}
	wake := (o.head != nil || o.ending || c.pending()) && o.wake()
	l.unlock(o)
	if wake {
		l.dirty = append(l.dirty, c)
	}
	u.Each(each)
	u.free()
}

// keepBegun empties the outbox of all but the unit of which a part is written,
// and those that the first n unwritten bytes lie in. It copies them: the chunks
// are the caller's now.
func (o *outbox) keepBegun(n int) {
	k, off := o.head, o.off
	o.head, o.tail, o.off, o.queued, o.own = nil, nil, 0, 0, 0
	if k == nil {
		return
	}
	if part := off - k.start(); part > 0 {
		n = max(n, 1)
		o.off = part
	}
	left := n + int(o.off)
	for ; k != nil && left > 0; k = k.next {
		for k.done < len(k.u) && left > 0 {
			whole := k.b[k.start():k.u[k.done].end]
			o.put(One(whole, k.u[k.done].src))
			left -= len(whole)
			k.done++
		}
	}
	o.queued -= int(o.off)
}

// seize takes the token; not from a connection that has been handed over
// already. A writer keeps it for some system calls that do not block, so this
// is short.
func (c *Conn) seize() bool {
	o := &c.out
	for {
		o.mu.Lock()
		if o.successor != nil {
			o.mu.Unlock()
			return false
		}
		if o.state != writing {
			if o.state != closed {
				o.state = writing
			}
			o.mu.Unlock()
			return true
		}
		o.mu.Unlock()
		runtime.Gosched()
	}
}

// lastWords writes the rest of a unit begun, and final, in one write that does
// not wait. It says whether all of it was taken.
func (c *Conn) lastWords(l *Loop, final []byte) bool {
	o := &c.out
	o.mu.Lock()
	if o.state == closed {
		o.mu.Unlock()
		return false
	}
	rest := o.begun()
	if o.ending && o.lastBegun() {
		final = nil // its own last words are out, or being finished
	}
	o.mu.Unlock()
	parts := make([]unix.Iovec, 0, 2)
	for _, b := range [][]byte{rest, final} {
		if len(b) > 0 {
			v := unix.Iovec{Base: &b[0]}
			v.SetLen(len(b))
			parts = append(parts, v)
		}
	}
	if len(parts) == 0 {
		return true
	}
	took, err := send(c.fd, &l.msg, parts)
	if err != nil || took < len(rest) {
		return false // the unit begun is whole again, for next
	}
	if len(rest) > 0 {
		o.mu.Lock()
		c.wrote(l, len(rest))
		o.mu.Unlock()
	}
	return took == len(rest)+len(final)
}

// lastBegun says that after a unit begun, if any, nothing waits.
func (o *outbox) lastBegun() bool {
	k := o.head
	return k == nil || o.off > k.start() && k.next == nil && k.done == len(k.u)-1
}

// begun is the unwritten rest of a unit of which a part is written.
func (o *outbox) begun() []byte {
	k := o.head
	if k == nil || o.off == k.start() {
		return nil
	}
	return k.b[o.off:k.u[k.done].end]
}

// moveTo gives the unsent units to next and names it the successor, in one
// step for everybody who appends. It returns how many of our own there were.
func (c *Conn) moveTo(l *Loop, next *Conn) (own int) {
	from, to := &c.out, &next.out
	first, second := from, to
	if next.id < c.id {
		first, second = to, from
	}
	l.lock(first)
	l.lock(second)
	u := Unsent{head: from.head}
	u.Each(func(b []byte, src uint32) { to.put(One(b, src)) })
	own = u.own()
	u.free()
	from.head, from.tail, from.off, from.queued, from.own, from.progress = nil, nil, 0, 0, 0, 0
	from.seal()
	from.successor = next
	wake := to.queued > 0 && to.wake()
	l.unlock(second)
	l.unlock(first)
	if wake {
		l.dirty = append(l.dirty, next)
	}
	return own
}

// replaced is the owner's: it ends the connection that was handed over, in
// good order if its peer took our last words.
func (c *Conn) replaced(taken bool) {
	l, o := c.loop, &c.out
	l.lock(o)
	if o.state == closed {
		l.unlock(o)
		return
	}
	o.state = idle // we had the token
	l.unlock(o)
	switch {
	case c.phase == leaving:
		c.closeNow()
	case !taken:
		c.close(CauseReplaced)
	case c.phase == ending && c.tls != nil:
		c.tls.flushLater() // its goodbye
	case c.phase == ending:
		c.drained() // what it would have written is not its to write any more
	default:
		c.Finish(nil, CauseReplaced)
	}
}
