// SPDX-License-Identifier: Apache-2.0

package link

import (
	"sync"
	"sync/atomic"
)

// publisher is the goroutine that sends one lane's frames, to all peers: while it hands one frame to the bus, stanzas
// gather in the next.
type publisher struct {
	l       *Link
	lane    uint8
	wake    chan struct{} // has room for one
	pending atomic.Bool   // lanes is not empty

	mu    sync.Mutex
	lanes []*lane
	spare []*lane
	probe [headerLen]byte
}

func newPublisher(l *Link, n uint8) *publisher {
	return &publisher{l: l, lane: n, wake: make(chan struct{}, 1)}
}

// list puts a lane on the list of those that have something to send.
func (p *publisher) list(ln *lane) {
	p.mu.Lock()
	p.lanes = append(p.lanes, ln)
	p.mu.Unlock()
	p.pending.Store(true)
}

func (p *publisher) kick() {
	select {
	case p.wake <- struct{}{}:
	default: // it will look anyway
	}
}

func (p *publisher) run() {
	for {
		select {
		case <-p.wake:
			for _, ln := range p.take() {
				p.send(ln)
			}
		case <-p.l.stop:
			return
		}
	}
}

// take gives the list, good until the next call.
func (p *publisher) take() []*lane {
	p.pending.Store(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	lanes := p.lanes
	clear(p.spare[:cap(p.spare)])
	p.lanes, p.spare = p.spare[:0], lanes
	return lanes
}

func (p *publisher) send(ln *lane) {
	for {
		f, h, ok := ln.next()
		if !ok || p.l.closed.Load() {
			return
		}
		b := p.probe[:]
		if f != nil {
			b = f.b
		}
		p.l.publish(ln.r, &h, b)
		if f != nil {
			ln.published(f)
		}
		if ln.r.queued.Load() <= ln.r.low && ln.r.stalled.Load() {
			ln.r.tellQueue()
		}
	}
}

// publish completes a frame and hands it to the bus. That the bus has not taken it is found out as if it had been lost
// on the way: the receiver misses it.
func (l *Link) publish(r *remote, h *header, b []byte) {
	h.version, h.speaks = uint8(r.version.Load()), l.o.versions
	h.src, h.dst = l.o.Self.Incarnation, r.peer.Incarnation
	h.put(b)
	channel := h.lane
	if h.flags&flagControl != 0 {
		channel = Control
	}
	if err := l.o.Bus.Publish(r.peer.Node, channel, b); err != nil {
		l.n.bus.Add(1)
		return
	}
	switch {
	case h.flags&flagProbe != 0:
		l.n.probes.Add(1)
	case h.flags&flagControl == 0:
		l.n.framesSent.Add(1)
		l.n.stanzasSent.Add(uint64(h.count))
		l.n.bytesSent.Add(uint64(len(b)))
	}
}
