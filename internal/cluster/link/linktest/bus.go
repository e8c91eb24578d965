// SPDX-License-Identifier: Apache-2.0

package linktest

import (
	"bytes"
	"sync"
	"sync/atomic"

	"weir/internal/cluster/link"
)

// bus is one node's bus.
type bus struct {
	n        *Network
	id       link.NodeID
	dead     atomic.Bool // killed or closed
	detached atomic.Bool

	mu     sync.Mutex
	r      link.Receiver
	pipes  map[way]*pipe
	frozen bool
}

// way is where something goes along: from a node to us on a channel, or (from "") the last piece of all that comes on
// a channel, or what is to be told beside frames.
type way struct {
	from    link.NodeID
	channel int
}

const events = -1

func (b *bus) Start(_ link.Channels, r link.Receiver) error {
	b.mu.Lock()
	b.r = r
	b.mu.Unlock()
	b.n.mu.Lock()
	defer b.n.mu.Unlock()
	b.n.buses[b.id] = b
	return nil
}

func (b *bus) Publish(to link.NodeID, channel uint8, frame []byte) error {
	switch {
	case b.dead.Load() || b.detached.Load():
		return link.ErrDown
	case len(frame) > maxFrame:
		return link.ErrRefused
	}
	f := b.n.decide(b.id, to, len(frame))
	if f.to == nil {
		b.in(way{"", events}, func(p *pipe) { p.push(f.delay, false, func() { b.r.NoResponder(to) }) })
		return nil
	}
	for range f.copies {
		copied := bytes.Clone(frame)
		if f.bit >= 0 {
			copied[f.bit/8] ^= 1 << (f.bit % 8)
		}
		f.to.in(way{b.id, int(channel)}, func(p *pipe) {
			p.push(f.delay, f.reorder, func() { f.to.arrive(b.id, channel, copied) })
		})
	}
	return nil
}

// arrive brings a frame to the end of its way, where all of a channel come one after another.
func (b *bus) arrive(from link.NodeID, channel uint8, frame []byte) {
	b.in(way{"", int(channel)}, func(p *pipe) {
		p.push(0, false, func() { b.r.Frame(from, channel, frame) })
	})
}

// in finds or makes a pipe.
func (b *bus) in(w way, do func(*pipe)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dead.Load() || b.pipes == nil {
		return
	}
	p := b.pipes[w]
	if p == nil {
		p = newPipe()
		p.freeze(b.frozen)
		b.pipes[w] = p
	}
	do(p)
}

func (b *bus) freeze(frozen bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.frozen = frozen
	for _, p := range b.pipes {
		p.freeze(frozen)
	}
}

func (b *bus) detach(detached bool) {
	b.detached.Store(detached)
	b.in(way{"", events}, func(p *pipe) {
		p.push(0, false, func() {
			if detached {
				b.r.Down()
			} else {
				b.r.Up()
			}
		})
	})
}

// SlowConsumers is 0: pipes have no end.
func (b *bus) SlowConsumers() int64 { return 0 }

func (b *bus) MaxFrame() int { return maxFrame }

func (b *bus) Close() {
	b.dead.Store(true)
	b.n.mu.Lock()
	if b.n.buses[b.id] == b {
		delete(b.n.buses, b.id)
	}
	b.n.mu.Unlock()
	b.mu.Lock()
	pipes := b.pipes
	b.pipes = nil
	b.mu.Unlock()
	for _, p := range pipes {
		p.close()
	}
}
