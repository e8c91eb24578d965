// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bufferGroup is the number under which requests name the one ring of buffers.
const bufferGroup = 0

// buffers is the memory that a ring receives into. All connections share it: the
// kernel takes a buffer only when there are bytes for it, so a connection at
// rest holds none. The kernel goes through the buffers in turn, which is why
// there must not be many: each receive lands where the cache has been away for
// longest.
//
// Completions are handled in order and a Data call keeps nothing, so a buffer is
// free for use again when the completion of its last piece has been handled.
type buffers struct {
	ring  []bufferEntry // shared with the kernel
	table []byte        // the mapping of ring
	mem   []byte        // the buffers, one after the other
	size  int           // of one
	used  []int         // of each, how much the kernel has filled
	tail  uint16        // where the next free buffer goes
	inc   bool          // the kernel fills a buffer piece by piece
}

// newBuffers registers count (a power of two) buffers of size bytes with r.
func newBuffers(r *ring, count, size int, inc bool) (*buffers, error) {
	b := &buffers{size: size, used: make([]int, count), inc: inc}
	if err := b.mmap(count); err != nil {
		b.close()
		return nil, os.NewSyscallError("mmap", err)
	}
	reg := bufferReg{addr: uint64(uintptr(unsafe.Pointer(&b.table[0]))), entries: uint32(count), group: bufferGroup}
	if inc {
		reg.flags = bufferRingInc
	}
	if err := r.register(registerBufferRing, unsafe.Pointer(&reg), 1); err != nil {
		b.close()
		return nil, err
	}
	for id := range count {
		b.free(uint16(id))
	}
	return b, nil
}

func (b *buffers) mmap(count int) (err error) {
	const rw, private = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
	if b.table, err = unix.Mmap(-1, 0, count*int(unsafe.Sizeof(bufferEntry{})), rw, private); err != nil {
		return err
	}
	b.ring = unsafe.Slice((*bufferEntry)(unsafe.Pointer(&b.table[0])), count)
	b.mem, err = unix.Mmap(-1, 0, count*b.size, rw, private)
	return err
}

// bytes are what a completion brought, valid until done. It is called once for
// each, wanted or not: the next piece of the buffer begins behind them.
func (b *buffers) bytes(c *cqe) []byte {
	if c.res <= 0 {
		return nil
	}
	id := int(c.flags >> cqeBufferBits)
	at := id*b.size + b.used[id]
	b.used[id] += int(c.res)
	return b.mem[at : at+int(c.res) : at+int(c.res)]
}

// done is called behind each completion that names a buffer, after its bytes
// have been dealt with.
func (b *buffers) done(c *cqe) {
	if c.flags&cqeBuffer == 0 {
		return
	}
	if b.inc && (c.flags&cqeBufferMore != 0 || c.res <= 0) {
		// Some kernels forget cqeBufferMore when there were no bytes, at the
		// end of a stream. Believing them would put the buffer in twice.
		return
	}
	b.free(uint16(c.flags >> cqeBufferBits))
}

// free puts a buffer back, empty. The kernel is told by publish.
func (b *buffers) free(id uint16) {
	b.used[id] = 0
	e := &b.ring[int(b.tail)&(len(b.ring)-1)]
	e.addr = uint64(uintptr(unsafe.Pointer(&b.mem[int(id)*b.size])))
	e.len = uint32(b.size)
	e.id = id
	b.tail++
}

// publish lets the kernel see what has been freed. It looks only when this
// thread enters it, so a plain store in front of that will do.
func (b *buffers) publish() { b.ring[0].tail = b.tail }

// close gives the memory back. The ring must be closed before.
func (b *buffers) close() {
	for _, m := range [][]byte{b.table, b.mem} {
		if m != nil {
			_ = unix.Munmap(m)
		}
	}
}
