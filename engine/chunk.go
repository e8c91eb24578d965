// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"sync"
	"sync/atomic"

	"github.com/valyala/bytebufferpool"
)

// unit is one piece that is delivered whole or not at all.
type unit struct {
	end uint32 // where it ends in its chunk
	src uint32 // the connection that is in debt for it; 0: ourselves
}

// chunk is a piece of an outbox. A unit never spans two chunks, so as long as
// its last byte is not written all of it is still there: it can be bounced,
// moved or handed over.
type chunk struct {
	buf  *bytebufferpool.ByteBuffer // its capacity is the chunk's size
	b    []byte                     // what has been put in
	u    []unit
	done int // units wholly written
	next *chunk
}

// Sizes of chunks. A pair that talks now and then lives in the smallest; a
// stream that fills one gets the next size.
var chunkSizes = [...]int{4 << 10, 16 << 10, 64 << 10}

// Each size has its own pool: one pool for all would calibrate itself to one
// of them and let a few huge stanzas bloat it.
var chunkPools [len(chunkSizes)]struct {
	bytes  bytebufferpool.Pool
	chunks sync.Pool
}

// outboxBytes is the memory held by all chunks of the process, in bytes.
var outboxBytes atomic.Int64

// OutboxBytes is the memory held by all outboxes of the process, in bytes.
func OutboxBytes() int64 { return outboxBytes.Load() }

// newChunk returns an empty chunk with room for at least n bytes, of at least
// the given size class.
func newChunk(n, class int) *chunk {
	for class < len(chunkSizes) && chunkSizes[class] < n {
		class++
	}
	if class == len(chunkSizes) {
		return newHugeChunk(n)
	}
	pool, size := &chunkPools[class], chunkSizes[class]
	k, _ := pool.chunks.Get().(*chunk)
	if k == nil {
		k = new(chunk)
	}
	k.buf = pool.bytes.Get()
	if cap(k.buf.B) < size {
		k.buf.B = make([]byte, 0, size)
	}
	k.b = k.buf.B[:0]
	outboxBytes.Add(int64(cap(k.b)))
	return k
}

// newHugeChunk holds one unit that fits no size class. It is not pooled: such
// stanzas are rare, and a pool would keep their memory.
func newHugeChunk(n int) *chunk {
	outboxBytes.Add(int64(n))
	return &chunk{b: make([]byte, 0, n)}
}

// free gives a chunk's memory back.
func (k *chunk) free() {
	outboxBytes.Add(-int64(cap(k.b)))
	if k.buf == nil {
		return
	}
	class := k.class()
	// The pool learns its default size from the length it is given.
	k.buf.B = k.b[:cap(k.b)]
	chunkPools[class].bytes.Put(k.buf)
	*k = chunk{u: k.u[:0]}
	chunkPools[class].chunks.Put(k)
}

// class is the size class of a chunk; a huge one counts as the largest.
func (k *chunk) class() int {
	for i, size := range chunkSizes {
		if cap(k.b) <= size {
			return i
		}
	}
	return len(chunkSizes) - 1
}

// start is where the first unit begins that is not wholly written.
func (k *chunk) start() uint32 {
	if k.done == 0 {
		return 0
	}
	return k.u[k.done-1].end
}

// bySource calls f with what its units that end at upTo or before, and were not
// wholly written so far, are of each source; neighbours of one source together.
func (k *chunk) bySource(upTo uint32, f func(src uint32, n int)) {
	start := k.start()
	for i := k.done; i < len(k.u) && k.u[i].end <= upTo; {
		src, begin := k.u[i].src, start
		for ; i < len(k.u) && k.u[i].end <= upTo && k.u[i].src == src; i++ {
			start = k.u[i].end
		}
		if src != 0 {
			f(src, int(start-begin))
		}
	}
}

// room is how many bytes still fit.
func (k *chunk) room() int { return cap(k.b) - len(k.b) }
