// SPDX-License-Identifier: Apache-2.0

package link

import (
	"encoding/binary"
	"sync"
	"time"
)

// A data frame's entries, as many as the header counts, nothing behind them:
//
//	uvarint length of the stanza, uvarint epoch, the stanza

// entryMax is how much longer than its stanza an entry can be.
const entryMax = 2 * binary.MaxVarintLen64

// Sizes of the memory that frames lie in while they are not acknowledged: a frame that is far from full is copied to a
// smaller piece, so that what is held stays near what was sent. The largest size is Options.FrameBytes.
const (
	smallest = 512
	middling = 4 << 10
)

// frame is one data frame, from the first stanza in it until it is acknowledged. Owned by its lane, under its lock.
type frame struct {
	b     []byte // headerLen bytes, then entries
	count uint16
	seq   uint64
	epoch uint32
	sent  time.Time // when it was published; zero before
	next  *frame
	busy  bool // the publisher is reading b: it goes to no pool
}

// cost is what the frame counts against windows and queues: the memory it holds.
func (f *frame) cost() int { return cap(f.b) }

// after says whether the frame was sent after another. Epochs rise, and sequence numbers in each.
func (f *frame) after(epoch uint32, seq uint64) bool {
	return f.epoch > epoch || f.epoch == epoch && f.seq > seq
}

func (f *frame) add(epoch uint64, stanza []byte) {
	f.b = binary.AppendUvarint(f.b, uint64(len(stanza)))
	f.b = binary.AppendUvarint(f.b, epoch)
	f.b = append(f.b, stanza...)
	f.count++
}

// each calls fn with every entry of a frame. It returns false where they do not fill the frame exactly.
func each(b []byte, count int, fn func(epoch uint64, stanza []byte)) bool {
	b = b[headerLen:]
	for range count {
		n, i := binary.Uvarint(b)
		if i <= 0 {
			return false
		}
		epoch, j := binary.Uvarint(b[i:])
		if j <= 0 || n > uint64(len(b)-i-j) {
			return false
		}
		b = b[i+j:]
		if fn != nil {
			fn(epoch, b[:n:n])
		}
		b = b[n:]
	}
	return len(b) == 0
}

// pools are where frames come from and go to. Safe for concurrent use.
type pools struct {
	full  int // Options.FrameBytes
	sizes [3]int
	pool  [3]sync.Pool
}

func newPools(full int) *pools {
	return &pools{full: full, sizes: [3]int{min(smallest, full), min(middling, full), full}}
}

// get gives an empty frame with room for n bytes of entries; a large one's memory is its own.
func (p *pools) get(n int) *frame {
	n += headerLen
	for i, size := range p.sizes {
		if n > size {
			continue
		}
		f, _ := p.pool[i].Get().(*frame)
		if f == nil {
			f = &frame{b: make([]byte, headerLen, size)}
		}
		return f
	}
	return &frame{b: make([]byte, headerLen, n)}
}

// put takes a frame back that nobody reads any more.
func (p *pools) put(f *frame) {
	for i, size := range p.sizes {
		if cap(f.b) == size {
			*f = frame{b: f.b[:headerLen]}
			p.pool[i].Put(f)
			return
		}
	}
}

// fit gives the frame in the smallest memory it fits in; the one given is used up.
func (p *pools) fit(f *frame) *frame {
	if cap(f.b) != p.full || len(f.b) > middling {
		return f
	}
	small := p.get(len(f.b) - headerLen)
	small.b, small.count = append(small.b[:0], f.b...), f.count
	p.put(f)
	return small
}

// costOf is what a frame of so many bytes costs.
func (p *pools) costOf(n int) int {
	for _, size := range p.sizes {
		if n <= size {
			return size
		}
	}
	return n
}
