// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"sync"

	"weir/engine"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/link"
)

// places are the batches that have come and of which something is not written yet.
// Each stanza that waits in a component's queue names its batch by a source's ID:
// a bit that says it is no connection's, the number of the lane it came on, and the
// batch's number there. Safe for concurrent use; its lock is taken with an outbox
// locked, and nothing is called with it held.
type places struct {
	mu    sync.Mutex
	lanes map[way]*lane
	list  []*lane // by number
}

type way struct {
	from link.Peer
	lane uint8
}

// Sizes of the two numbers. Beyond them a batch is not waited for: it counts as
// written when it has been gone through.
const (
	batchBits = 16
	lanesMax  = 1 << (31 - batchBits)
)

// lane is the batches of one lane of one run of a node.
type lane struct {
	number  uint32
	from    directory.Peer
	batches map[uint16]*place
	next    uint16 // 0 is no batch's
}

// place is one batch and how many of its stanzas are not settled.
type place struct {
	batch *link.Batch
	left  int
}

func (p *places) init() { p.lanes = map[way]*lane{} }

// take gives a batch a place, for n settlements.
func (p *places) take(from link.Peer, b *link.Batch, n int) (src uint32, waited bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := way{from, b.Lane()}
	l := p.lanes[w]
	if l == nil {
		if len(p.list) >= lanesMax {
			return engine.Foreign, false
		}
		l = &lane{number: uint32(len(p.list)), from: inDirectory(from), batches: map[uint16]*place{}}
		p.lanes[w] = l
		p.list = append(p.list, l)
	}
	src = engine.Foreign | l.number<<batchBits
	if len(l.batches) >= 1<<batchBits-1 {
		return src, false
	}
	for l.next++; l.next == 0 || l.batches[l.next] != nil; l.next++ {
	}
	l.batches[l.next] = &place{b, n}
	return src | uint32(l.next), true
}

// settle notes one settlement of a source's batch, and returns the batch with the
// last.
func (p *places) settle(src uint32) (done *link.Batch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	number := src &^ engine.Foreign >> batchBits
	if int(number) >= len(p.list) {
		return nil
	}
	l := p.list[number]
	at := l.batches[uint16(src)]
	if at == nil {
		return nil // it is not waited for
	}
	if at.left--; at.left > 0 {
		return nil
	}
	delete(l.batches, uint16(src))
	return at.batch
}

// place is the frame that a source's stanza came in; unknown if it is not waited for.
func (p *places) place(src uint32) (at link.Place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	number := src &^ engine.Foreign >> batchBits
	if src < engine.Foreign || int(number) >= len(p.list) {
		return at
	}
	if place := p.list[number].batches[uint16(src)]; place != nil {
		return place.batch.Place()
	}
	return at
}

// from is where a source's batch has come from; nobody, if its lane has no number.
func (p *places) from(src uint32) directory.Peer {
	p.mu.Lock()
	defer p.mu.Unlock()
	number := src &^ engine.Foreign >> batchBits
	if int(number) >= len(p.list) {
		return directory.Peer{}
	}
	return p.list[number].from
}

// waiting is how many batches there are.
func (p *places) waiting() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.list {
		n += len(l.batches)
	}
	return n
}
