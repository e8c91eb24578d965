// SPDX-License-Identifier: Apache-2.0

package link

import (
	"math"
	"sync"
	"time"
)

// lane is one ordered way to a peer. A stanza goes through its three stations: the frame being filled, the queue of
// full frames, and the frames that were sent and are not acknowledged.
type lane struct {
	r *remote
	p *publisher
	n uint8

	mu       sync.Mutex
	fill     *frame // being filled, nil if nothing is in it
	queue    frames
	unacked  frames
	inFlight int // cost of unacked
	window   int // what that may be: granted by the peer
	epoch    uint32
	seq      uint64 // of the frame sent last in this epoch
	shut     bool   // the peer is unreachable or gone: takes nothing
	listed   bool   // the publisher has it on its list
	waits    bool   // it has something to send and must not: window shut, or the peer is doubted
	probe    bool   // the publisher is to ask where the peer is
	probed   time.Time
	spans    []span // what was reported lost, the oldest first
}

// frames is a list in order.
type frames struct{ head, tail *frame }

func (q *frames) push(f *frame) {
	f.next = nil
	if q.head == nil {
		q.head, q.tail = f, f
		return
	}
	q.tail.next, q.tail = f, f
}

func (q *frames) pop() *frame {
	f := q.head
	if f == nil {
		return nil
	}
	q.head, f.next = f.next, nil
	if q.head == nil {
		q.tail = nil
	}
	return f
}

// add takes a copy of a stanza.
func (ln *lane) add(epoch uint64, stanza []byte) error {
	r, l := ln.r, ln.r.l
	ln.mu.Lock()
	if ln.shut {
		ln.mu.Unlock()
		l.n.absent.Add(1)
		return ErrUnreachable
	}
	if r.queued.Load()+int64(len(stanza)) > int64(l.o.QueueBytes) {
		ln.mu.Unlock()
		l.n.full.Add(1)
		return ErrWindow
	}
	full := ln.put(epoch, stanza)
	list := !ln.listed && !ln.waits
	ln.listed = ln.listed || list
	ln.mu.Unlock()

	if list {
		ln.p.list(ln)
	}
	if full {
		ln.p.kick()
	}
	if r.queued.Load() >= r.high && !r.stalled.Load() {
		r.tellQueue()
	}
	return nil
}

// put copies the stanza into a frame, and says whether one became full.
func (ln *lane) put(epoch uint64, stanza []byte) (full bool) {
	l := ln.r.l
	need := len(stanza) + entryMax
	if f := ln.fill; f != nil && (len(f.b)+need > l.pools.full || f.count == math.MaxUint16) {
		ln.seal()
		full = true
	}
	if ln.fill == nil {
		// Most frames that are begun are filled: a small one is made when it turns out that this one is not.
		ln.fill = l.pools.get(max(need, l.pools.full-headerLen))
	}
	before := len(ln.fill.b)
	ln.fill.add(epoch, stanza)
	ln.r.queued.Add(int64(len(ln.fill.b) - before))
	if len(ln.fill.b) >= l.pools.full {
		ln.seal()
		full = true
	}
	return full
}

func (ln *lane) seal() {
	ln.queue.push(ln.r.l.pools.fit(ln.fill))
	ln.fill = nil
}

// next gives what to publish now: a frame, or a probe (then f is nil), or neither. The frame is among the unacked
// already, and busy until published is told.
func (ln *lane) next() (f *frame, h header, ok bool) {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	ln.listed = false
	h = header{lane: ln.n}
	if !ln.r.open.Load() {
		ln.waits = true // until it is heard
		return nil, h, false
	}
	if tail := ln.unacked.tail; ln.probe && tail != nil {
		ln.probe = false
		h.flags, h.seq, h.epoch = flagProbe, tail.seq, tail.epoch
		ln.listed = true
		return nil, h, true
	}
	if ln.queue.head == nil && ln.fill != nil {
		ln.seal()
	}
	f = ln.queue.head
	if f == nil {
		return nil, h, false
	}
	if ln.inFlight > 0 && ln.inFlight+f.cost() > ln.window {
		ln.waits = true // until something is acknowledged
		ln.r.l.n.windows.Add(1)
		return nil, h, false
	}
	ln.queue.pop()
	ln.seq++
	f.seq, f.epoch, f.busy, f.sent = ln.seq, ln.epoch, true, time.Now()
	ln.unacked.push(f)
	ln.inFlight += f.cost()
	ln.r.queued.Add(-int64(len(f.b) - headerLen))
	h.seq, h.epoch, h.count = f.seq, f.epoch, f.count
	ln.listed = true
	return f, h, true
}

func (ln *lane) published(f *frame) {
	ln.mu.Lock()
	f.busy = false
	ln.mu.Unlock()
}

// resume lets the publisher look again.
func (ln *lane) resume() {
	ln.mu.Lock()
	list := !ln.listed && (ln.waits || ln.probe)
	ln.waits = false
	ln.listed = ln.listed || list
	ln.mu.Unlock()
	if list {
		ln.p.list(ln)
		ln.p.kick()
	}
}

// acknowledge takes off what the peer has done with: all up to a frame. It returns how many stanzas that was, and when
// the last frame of them was sent.
func (ln *lane) acknowledge(epoch uint32, seq uint64, window int) (stanzas int, sent time.Time) {
	ln.mu.Lock()
	o := &ln.r.l.o
	ln.window = min(max(window, o.FrameBytes), o.WindowBytes) // whatever is granted: it is our memory
	for f := ln.unacked.head; f != nil && !f.after(epoch, seq); f = ln.unacked.head {
		ln.unacked.pop()
		ln.inFlight -= f.cost()
		stanzas += int(f.count)
		sent = f.sent
		if !f.busy { // else its publisher still reads it, and it is the garbage collector's
			ln.r.l.pools.put(f)
		}
	}
	ln.mu.Unlock()
	return stanzas, sent
}

// reset ends the epoch: the peer has taken what was sent up to seq and refuses what came after it.
func (ln *lane) reset(epoch uint32, seq uint64) (lost *frame) {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	if epoch != ln.epoch {
		return nil // it is over
	}
	ln.begin()
	return ln.lose(func(f *frame) bool { return f.after(epoch, seq) })
}

// forgotten ends the epoch: the peer does not know what it has taken.
func (ln *lane) forgotten(epoch uint32) (lost *frame) {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	if epoch == ln.epoch {
		ln.begin()
	}
	return ln.lose(func(f *frame) bool { return f.epoch <= epoch })
}

// lose takes frames off the unacknowledged ones. Their memory is left to the garbage collector: the publisher may
// still read it.
func (ln *lane) lose(which func(*frame) bool) *frame {
	var kept, lost frames
	for f := ln.unacked.pop(); f != nil; f = ln.unacked.pop() {
		if !which(f) {
			kept.push(f)
			continue
		}
		ln.inFlight -= f.cost()
		lost.push(f)
	}
	ln.unacked = kept
	ln.report(lost.head)
	return lost.head
}

// empty takes everything out, and shuts the lane until open.
func (ln *lane) empty() (sent, waiting *frame) {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	if ln.fill != nil {
		ln.seal()
	}
	sent, waiting = ln.unacked.head, ln.queue.head
	ln.report(sent)
	for f := waiting; f != nil; f = f.next {
		ln.r.queued.Add(-int64(len(f.b) - headerLen))
	}
	ln.unacked, ln.queue, ln.inFlight = frames{}, frames{}, 0
	ln.shut, ln.waits, ln.probe = true, false, false
	ln.begin()
	return sent, waiting
}

func (ln *lane) open() {
	ln.mu.Lock()
	ln.shut = false
	ln.mu.Unlock()
}

// begin begins an epoch. Epochs rise over the whole link, so that none comes twice to a peer that was forgotten since.
func (ln *lane) begin() {
	ln.epoch, ln.seq = ln.r.l.epochs.Add(1), 0
}

// ask has the publisher ask the peer where it is, if something was sent longer ago than age and nothing came back.
func (ln *lane) ask(now time.Time, age time.Duration) bool {
	ln.mu.Lock()
	head := ln.unacked.head
	ask := head != nil && now.Sub(head.sent) >= age && now.Sub(ln.probed) >= age
	if ask {
		ln.probe, ln.probed = true, now
	}
	ln.mu.Unlock()
	if ask {
		ln.resume()
	}
	return ask
}

func (ln *lane) idle() bool {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	return ln.fill == nil && ln.queue.head == nil && ln.unacked.head == nil
}
