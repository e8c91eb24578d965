// SPDX-License-Identifier: Apache-2.0

package engine

import "sync"

// state is what an outbox is at.
type state uint8

const (
	idle    state = iota // nothing waits
	dirty                // something waits, and some loop has it on its list
	writing              // somebody holds the token
	blocked              // the socket takes nothing; the owner waits for it
	closed               // the owner holds the token for good
)

// Verdict is what became of an append.
type Verdict uint8

const (
	// Queued: it will be written, or found among what the connection leaves.
	Queued Verdict = iota
	// Hold: queued, but the source has more than its share here and must not be
	// read until the gate lets it.
	Hold
	// Refused: not queued; the peer is too far behind.
	Refused
	// Gone: not queued; the connection takes nothing any more. Successor tells
	// whether another one took its place.
	Gone
)

// Run is one or more units that lie together.
type Run struct {
	Bytes []byte   // copied by Append
	Ends  []uint32 // where each unit ends in Bytes; the last is len(Bytes)
	Src   uint32   // the ID of the connection they came from; 0: our own words
}

// Each calls f with every unit, in order.
func (r *Run) Each(f func(b []byte)) {
	start := uint32(0)
	for _, end := range r.Ends {
		f(r.Bytes[start:end])
		start = end
	}
}

// One is a run of a single unit.
func One(b []byte, src uint32) *Run {
	return &Run{Bytes: b, Ends: []uint32{uint32(len(b))}, Src: src}
}

// Gate judges what is queued for a peer that does not take it. It is asked only
// while the peer is behind, with the outbox locked: it must not block, nor call
// the engine but through Post.
type Gate interface {
	// Admit judges n bytes from src before they are queued behind queued bytes.
	Admit(src uint32, n, queued int) Verdict
	// Charge says that n bytes from src wait from now on, or waited already when
	// the gate was made; Pay that the last of n such bytes is written.
	Charge(src uint32, n int)
	Pay(src uint32, n int)
	// Low ends the congestion: the peer has caught up, or is no more. It is the
	// gate's last call.
	Low()
}

// flushBytes is when an outbox is written without waiting for the end of the
// batch: coalescing must not eat latency.
const flushBytes = 64 << 10

// outbox is what waits for a peer. mu guards all of it.
type outbox struct {
	mu     sync.Mutex
	state  state
	sealed bool // nothing of others is taken any more
	ending bool // once empty, the sending side is shut down
	wanted bool // the owner waits for the token, to close
	off    uint32
	// off is how much of the head chunk is written.
	head, tail *chunk
	queued     int // bytes not yet written
	own        int // bytes of our own units among them, a begun one whole
	gate       Gate
	successor  *Conn
	progress   int64 // when the socket last took a byte, or was first full
}

// Append queues a run on c, from any loop; l is the caller's. The run is
// written at the latest when the batch of l ends.
func (c *Conn) Append(l *Loop, r *Run) Verdict {
	if len(r.Bytes) == 0 {
		return Queued
	}
	o := &c.out
	l.lock(o)
	verdict := c.judge(r)
	if verdict >= Refused {
		l.unlock(o)
		return verdict
	}
	o.put(r)
	first := o.state == idle
	if first {
		o.state = dirty
	}
	full := o.state == dirty && o.queued >= flushBytes
	l.unlock(o)
	if first {
		l.dirty = append(l.dirty, c)
	}
	if full {
		c.flush(l)
	}
	return verdict
}

// judge says whether a run is taken. A peer that has caught up once may still
// be behind with a little: what comes on top of that is a new congestion, else
// nothing would bound it.
func (c *Conn) judge(r *Run) Verdict {
	o := &c.out
	switch {
	case o.sealed:
		return Gone
	case o.gate != nil:
	case o.state == blocked:
		c.openGate()
	default:
		return Queued
	}
	return o.gate.Admit(r.Src, len(r.Bytes), o.queued)
}

// openGate begins to judge what comes for a peer that is behind.
func (c *Conn) openGate() {
	o := &c.out
	o.gate = c.loop.eng.cfg.NewGate(c)
	for k := o.head; k != nil; k = k.next {
		k.bySource(uint32(len(k.b)), o.gate.Charge)
	}
}

// Write queues words of our own as one unit. It is not judged by the gate: what
// we say is bounded by whoever makes us say it.
func (c *Conn) Write(l *Loop, b []byte) Verdict {
	if len(b) == 0 {
		return Queued
	}
	o := &c.out
	l.lock(o)
	if o.sealed {
		l.unlock(o)
		return Gone
	}
	if o.state == blocked && o.gate == nil {
		c.openGate() // it is behind again, see judge
	}
	o.putOwn(b)
	first := o.wake()
	l.unlock(o)
	if first {
		l.dirty = append(l.dirty, c)
	}
	return Queued
}

// wake makes an idle outbox dirty and says whether it was idle.
func (o *outbox) wake() bool {
	if o.state != idle {
		return false
	}
	o.state = dirty
	return true
}

// Successor is the connection that took c's place, if one did.
func (c *Conn) Successor() *Conn {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	return c.out.successor
}

// WithGate calls f with the gate of a peer that is behind, with the outbox
// locked; not at all when there is none. Safe from anywhere.
func (c *Conn) WithGate(f func(Gate)) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if c.out.gate != nil {
		f(c.out.gate)
	}
}

// Owed is how many bytes of our own words wait for a peer that does not take
// them; 0 for one that does. What others have sent it is not its doing and does
// not count. Safe from anywhere.
func (c *Conn) Owed() int {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if c.out.gate == nil {
		return 0
	}
	return c.out.own
}

// Queued is how many bytes wait for the peer. Safe from anywhere.
func (c *Conn) Queued() int {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	return c.out.queued
}

// put copies a run in. Units that do not fit the tail chunk begin a new one.
func (o *outbox) put(r *Run) {
	o.queued += len(r.Bytes)
	if r.Src == 0 {
		o.own += len(r.Bytes)
	} else if o.gate != nil {
		o.gate.Charge(r.Src, len(r.Bytes))
	}
	k := o.tail
	if k == nil {
		k = newChunk(len(r.Bytes), 0)
		o.head, o.tail = k, k
	}
	if k.room() >= len(r.Bytes) { // nearly always
		base := uint32(len(k.b))
		k.b = append(k.b, r.Bytes...)
		for _, end := range r.Ends {
			k.u = append(k.u, unit{base + end, r.Src})
		}
		return
	}
	o.putSplit(r)
}

// putSplit copies a run in unit by unit.
func (o *outbox) putSplit(r *Run) {
	start := uint32(0)
	for _, end := range r.Ends {
		k := o.tail
		if n := int(end - start); k.room() < n {
			k = o.grow(n, len(r.Bytes)-int(start))
		}
		k.b = append(k.b, r.Bytes[start:end]...)
		k.u = append(k.u, unit{uint32(len(k.b)), r.Src})
		start = end
	}
}

// putOwn copies in one unit of our own.
func (o *outbox) putOwn(b []byte) {
	o.queued += len(b)
	o.own += len(b)
	k := o.tail
	if k == nil || k.room() < len(b) {
		k = o.grow(len(b), len(b))
	}
	k.b = append(k.b, b...)
	k.u = append(k.u, unit{uint32(len(k.b)), 0})
}

// grow links a new chunk, one class larger than the last, with room for a unit
// of n bytes; coming is what is about to be put in.
func (o *outbox) grow(n, coming int) *chunk {
	class := 0
	if o.tail != nil {
		class = min(o.tail.class()+1, len(chunkSizes)-1)
	}
	for class < len(chunkSizes)-1 && chunkSizes[class] < coming {
		class++
	}
	k := newChunk(n, class)
	if o.tail == nil {
		o.head = k
	} else {
		o.tail.next = k
	}
	o.tail = k
	return k
}

// consume takes n written bytes off the front, counts the units that are now
// delivered, and gives their memory back.
func (o *outbox) consume(n int, count *Counters, settled func(src uint32)) {
	o.queued -= n
	for k := o.head; k != nil; k = o.head {
		left := len(k.b) - int(o.off)
		took := min(n, left)
		o.off += uint32(took)
		n -= took
		if o.gate != nil {
			k.bySource(o.off, func(src uint32, n int) { o.gate.Pay(src, n) })
		}
		for k.done < len(k.u) && k.u[k.done].end <= o.off {
			if src := k.u[k.done].src; src != 0 {
				count.Delivered++
				if src >= Foreign {
					settled(src)
				}
			} else {
				o.own -= int(k.u[k.done].end - k.start())
			}
			k.done++
		}
		if int(o.off) < len(k.b) {
			return
		}
		o.head, o.off = k.next, 0
		if o.head == nil {
			o.tail = nil
		}
		k.free()
		if n == 0 {
			return
		}
	}
}
