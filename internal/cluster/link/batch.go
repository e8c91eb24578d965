// SPDX-License-Identifier: Apache-2.0

package link

import (
	"sync/atomic"
	"time"
)

// Batch is the stanzas of one frame that has come. It is safe for concurrent use.
//
// It begins with one hold on it, which is that of whom it is delivered to, and is acknowledged when the last has gone.
type Batch struct {
	from  *sourceLane
	frame []byte
	count int
	epoch uint32
	seq   uint64
	holds atomic.Int32
	came  time.Time
	done  bool      // under from.mu
	late  time.Time // under from.mu: when it was told late
	next  *Batch
}

// Each calls fn with every stanza, and the epoch it was sent with. The stanza may be kept until the batch is done.
func (b *Batch) Each(fn func(epoch uint64, stanza []byte)) { each(b.frame, b.count, fn) }

// Len is how many stanzas there are.
func (b *Batch) Len() int { return b.count }

// Lane is the lane it came on.
func (b *Batch) Lane() uint8 { return b.from.lane }

// Place says which of its sender's frames it is.
func (b *Batch) Place() Place { return Place{b.from.lane, b.epoch, b.seq} }

// Keep adds a hold, for somebody who will call Done when the stanzas it took have been written or answered. It is only
// called by who has a hold.
func (b *Batch) Keep() {
	if b.holds.Add(1) <= 1 {
		panic("link: Keep of a batch that is done")
	}
}

// Done gives up a hold: each stanza taken with it was written to its destination's socket, or answered, or dropped as it
// wants no answer. It may be called from any goroutine, later, and does not wait.
func (b *Batch) Done() {
	switch left := b.holds.Add(-1); {
	case left == 0:
		b.from.finish(b)
	case left < 0:
		panic("link: Done of a batch that is done")
	}
}

// Release acknowledges the batch now, whoever still holds it: what was not written yet is this node's to answer.
func (b *Batch) Release() { b.from.finish(b) }
