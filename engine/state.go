// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// State is all that a connection needs, beside its descriptor and its user's own
// state, to go on in another process.
type State struct {
	ID     uint32
	Loop   int            // the number of the loop it lived on
	Remote netip.AddrPort // told by a balancer; zero: the kernel knows
	Bite   int
	Tally  Tally

	Units   []Unit        // what waits for the peer, in order
	Part    int           // how much of the first unit is written
	Stalled time.Duration // for how long the peer has taken nothing; 0: it takes
}

// Unit is one unit that waits, and the ID of the connection it came from.
type Unit struct {
	Bytes []byte
	Src   uint32
}

// State is c's state; false for a connection that is ending, or has been handed
// over: it stays with its loop. Of a secured connection what is encrypted
// already stays, too. The units are valid until the loops go on.
func (f *Frozen) State(c *Conn) (State, bool) {
	o := &c.out
	if c.phase != open || o.successor != nil || c.tls != nil && !c.tls.ready {
		return State{}, false
	}
	st := State{ID: c.id, Loop: c.loop.id, Bite: int(c.bite), Tally: c.Tally()}
	if from := c.toldFrom(); from.IsValid() {
		st.Remote = from
	}
	if o.progress != 0 {
		st.Stalled = max(1, time.Duration(driver.Now()-o.progress))
	}
	o.each(c.begunBytes(), func(b []byte, src uint32, part int) {
		if len(st.Units) == 0 {
			st.Part = part
		}
		st.Units = append(st.Units, Unit{b, src})
	})
	return st, true
}

// each calls f with the units that wait and in which none of the first n
// unwritten bytes lie, and how much of each is written.
func (o *outbox) each(n int, f func(b []byte, src uint32, part int)) {
	off := int(o.off)
	for k := o.head; k != nil; k = k.next {
		start := int(k.start())
		for _, it := range k.u[k.done:] {
			part := max(0, off-start)
			if n <= 0 {
				f(k.b[start:it.end], it.src, part)
			}
			n -= int(it.end) - start - part
			start = int(it.end)
		}
		off = 0
	}
}

// FD is c's descriptor, which stays the engine's.
func (f *Frozen) FD(c *Conn) int { return int(c.fd) }

// Part lets go of a plain connection that goes on elsewhere: our descriptor is
// closed, and neither the peer nor the user hears of it.
func (f *Frozen) Part(c *Conn) {
	l, o := c.loop, &c.out
	l.Disarm(&c.timer)
	c.phase, o.state, o.sealed, o.gate = gone, closed, true, nil
	u := Unsent{head: o.head}
	u.free()
	o.head, o.tail, o.queued, o.own = nil, nil, 0, 0
	_ = unix.Close(int(c.fd))
	c.fd = -1
	l.slots.give(c.slot)
	l.load.Add(-1)
	f.e.unregister(c)
	c.goAsGuest(l.now)
}

// Keep leaves a secured connection with another user, and with nothing to write
// but what is encrypted already.
func (f *Frozen) Keep(c *Conn, h Handler) {
	o := &c.out
	u := Unsent{head: o.head}
	o.gate = nil
	o.keepBegun(c.begunBytes())
	u.free()
	c.h, c.holds, c.bite = h, 0, 0
	c.loop.Post(func() {
		defer c.Guard()
		if c.owed {
			c.owed = false
			c.h.End(false)
		}
		c.rearm()
	})
}

// Inherit makes a connection on l of a descriptor and a state. It is read, and
// what waits is written, when the loops go on. The descriptor is the engine's.
func (f *Frozen) Inherit(l *Loop, fd int, st *State, limit *Limit, user func(*Conn) Handler) {
	c := &Conn{loop: l, fd: int32(fd), limit: limit, slot: l.slots.take(), bite: int32(st.Bite), moored: adrift}
	if st.Remote.IsValid() {
		c.SetRemoteAddr(st.Remote)
	}
	c.count = connCount{st.Tally.BytesIn, st.Tally.BytesOut, st.Tally.UnitsIn, st.Tally.UnitsOut}
	o := &c.out
	for _, u := range st.Units {
		if len(u.Bytes) > 0 {
			o.put(One(u.Bytes, u.Src))
		}
	}
	if o.head != nil {
		o.off = uint32(min(max(st.Part, 0), len(st.Units[0].Bytes)-1))
		o.queued -= int(o.off)
		o.state = dirty
		l.dirty = append(l.dirty, c)
	}
	if st.Stalled > 0 {
		o.progress = l.now - st.Stalled.Nanoseconds() | 1 // never 0
	}
	l.load.Add(1)
	if limit != nil {
		limit.enter()
	}
	l.slots.at(c.slot).conn = c
	f.e.registerAs(c, st.ID)
	c.h = user(c)
}

// registerAs is register for a connection that has an ID; one that is taken is a
// fault of who says so.
func (e *Engine) registerAs(c *Conn, id uint32) {
	e.ids.Lock()
	if id == 0 || e.ids.conns[id] != nil {
		panic("engine: an inherited connection has an ID that is taken")
	}
	c.id = id
	e.ids.conns[id] = c
	e.ids.Unlock()
}

// LastID is the last ID given to a connection; SetLastID has the next ones
// follow it, so that none is taken for one of before.
func (e *Engine) LastID() uint32 {
	e.ids.RLock()
	defer e.ids.RUnlock()
	return e.ids.last
}

func (e *Engine) SetLastID(id uint32) {
	e.ids.Lock()
	defer e.ids.Unlock()
	e.ids.last = id
}

// enter takes a place for a connection that is there already, free or not.
func (m *Limit) enter() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken++
}

// Congest gives a connection that was behind when it was inherited a gate, which is
// charged what waits.
func (f *Frozen) Congest(c *Conn) Gate {
	if c.out.gate == nil {
		c.openGate()
	}
	return c.out.gate
}

// Left is how long a timer has to wait from now; 0 for one that does not.
func (t *Timer) Left(now int64) time.Duration {
	if t.pos == 0 {
		return 0
	}
	return max(1, time.Duration(t.at-now))
}
