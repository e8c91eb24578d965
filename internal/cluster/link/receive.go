// SPDX-License-Identifier: Apache-2.0

package link

import (
	"encoding/binary"
	"errors"
	"time"
)

// inbound is the link as its bus sees it.
type inbound struct{ l *Link }

// Frame takes what has come from the bus.
func (in inbound) Frame(from NodeID, channel uint8, frame []byte) {
	l := in.l
	h, err := parseHeader(frame, l.o.versions)
	p := Peer{from, h.src}
	switch {
	case errors.Is(err, errVersion):
		l.n.foreign.Add(1)
		l.greet(from, frame)
		return
	case err != nil, h.src == 0, from == l.o.Self.Node, (h.flags&flagControl != 0) != (channel == Control):
		l.n.bad.Add(1)
		return
	}
	if r := l.known(p); r != nil && h.speaks != (versions{}) {
		r.speaks(h.speaks)
	}
	if h.dst != l.o.Self.Incarnation {
		l.n.strangers.Add(1)
		l.control.tell(p, record{kind: stranger, seq: h.dst}, 0)
		return
	}
	if channel == Control {
		l.controlFrame(p, &h, frame)
		return
	}
	l.dataFrame(p, &h, channel, frame)
}

// greet tells somebody whose frame we cannot read which ones we can. Of such a frame only what is the same in every
// version is looked at.
func (l *Link) greet(from NodeID, frame []byte) {
	speaks, src := versions{frame[3] >> 4, frame[3] & 0xf}, binary.BigEndian.Uint64(frame[8:])
	common := l.o.versions.common(speaks)
	if r := l.known(Peer{from, src}); r != nil {
		r.speaks(speaks)
	}
	if common != 0 && src != 0 {
		l.control.tell(Peer{from, src}, record{kind: hello}, common)
	}
}

func (l *Link) dataFrame(p Peer, h *header, channel uint8, frame []byte) {
	if h.lane != channel || int(channel) >= l.o.Lanes || !each(frame, int(h.count), nil) {
		l.n.bad.Add(1)
		return
	}
	sl := l.source(p).lanes[channel]
	sl.mu.Lock()
	v := sl.judge(h)
	if v != taken {
		last := sl.last
		sl.due = sl.due || v == answered || v == refused // who asks may have missed an acknowledgement
		sl.mu.Unlock()
		l.reply(sl, h, v, last)
		return
	}
	b := sl.take(h, frame)
	sl.mu.Unlock()
	l.n.framesReceived.Add(1)
	l.n.stanzasReceived.Add(uint64(h.count))
	l.n.bytesReceived.Add(uint64(len(frame)))
	l.o.Deliver(p, b)
}

// reply tells the sender what has become of a frame that was not taken.
func (l *Link) reply(sl *sourceLane, h *header, v verdict, last uint64) {
	switch v {
	case answered:
		sl.s.owe(true)
	case refused:
		sl.s.owe(true)
		l.control.tell(sl.s.peer, record{kind: reset, lane: h.lane, epoch: h.epoch, seq: last}, 0)
	case unknown:
		l.control.tell(sl.s.peer, record{kind: forgot, lane: h.lane, epoch: h.epoch}, 0)
	}
}

// take makes a batch of a frame.
func (sl *sourceLane) take(h *header, frame []byte) *Batch {
	b := &Batch{from: sl, frame: frame, count: int(h.count), epoch: h.epoch, seq: h.seq, came: time.Now()}
	b.holds.Store(1)
	if sl.waiting.tail == nil {
		sl.waiting.head = b
	} else {
		sl.waiting.tail.next = b
	}
	sl.waiting.tail = b
	sl.s.used.Store(b.came.UnixNano())
	if !sl.s.sends.Load() && sl.s.sends.CompareAndSwap(false, true) {
		sl.s.l.senders.Add(1)
	}
	sl.undone += sl.s.l.pools.costOf(len(frame))
	return b
}

func (l *Link) controlFrame(p Peer, h *header, frame []byte) {
	r := l.known(p)
	if r != nil {
		r.heard()
	}
	if !records(frame, int(h.count), func(e record) { l.obey(p, r, e) }) {
		l.n.bad.Add(1)
	}
}

// obey does what a record says. r is nil for a peer that nothing was sent to; it may still ask.
func (l *Link) obey(p Peer, r *remote, e record) {
	switch e.kind {
	case ping:
		l.control.tell(p, record{kind: pong}, 0)
		return
	case stranger: // whom we meant is no more
		if old := l.known(Peer{p.Node, e.seq}); old != nil && old.peer != p {
			old.replaced()
		}
		return
	}
	if r == nil || int(e.lane) >= len(r.lanes) {
		return
	}
	ln := r.lanes[e.lane]
	switch e.kind {
	case ack:
		n, sent := ln.acknowledge(e.epoch, e.seq, int(e.window))
		if n > 0 {
			l.n.acknowledged.Add(uint64(n))
			r.acknowledged(time.Since(sent))
		}
		ln.resume()
	case reset:
		l.n.resets.Add(1)
		l.lose(ln, NotDelivered, ln.reset(e.epoch, e.seq))
		ln.resume()
	case forgot:
		l.n.resets.Add(1)
		l.lose(ln, Unknown, ln.forgotten(e.epoch))
		ln.resume()
	}
}

// NoResponder marks who was not there.
func (in inbound) NoResponder(to NodeID) {
	in.l.n.noResponders.Add(1)
	now := time.Now()
	for p, r := range *in.l.remotes.Load() {
		if p.Node == to {
			r.nobody(now)
		}
	}
}

// Down and Up note whether we have the bus.
func (in inbound) Down() { in.l.down.CompareAndSwap(0, time.Now().UnixNano()) }

// Up asks everybody whether they are there: what was on its way may not have arrived.
func (in inbound) Up() {
	in.l.down.Store(0)
	for p, r := range *in.l.remotes.Load() {
		in.l.control.tell(p, record{kind: ping}, 0)
		for _, ln := range r.lanes {
			ln.ask(time.Now(), 0)
		}
	}
}
