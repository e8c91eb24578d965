// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ring is the two queues shared with the kernel: requests go in at the tail of
// one, completions come out at the head of the other. It is owned by one
// goroutine, and from enable on by that goroutine's thread.
type ring struct {
	fd       int
	features uint32
	rings    []byte // both queues' indices, and the completions
	requests []byte // the sqes
	page     []byte // holds arg

	sqHead, sqTail *uint32
	sqes           []sqe
	put            uint32 // where the next request goes

	cqHead, cqTail *uint32
	cqes           []cqe
	took, come     uint32 // what we have read, and what the tail was when we looked

	arg *waitArg
}

// newRing makes a ring with room for sq requests and cq completions. It is
// disabled until enable, so it is not yet bound to a thread.
func newRing(flags, sq, cq uint32) (*ring, error) {
	p := params{flags: flags | setupDisabled | setupCQSize | setupSubmitAll, cqEntries: cq}
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, uintptr(sq), uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, os.NewSyscallError("io_uring_setup", errno)
	}
	r := &ring{fd: int(fd), features: p.features}
	const needed = featSingleMmap | featNoDrop | featExtArg | featCQESkip
	if p.features&needed != needed {
		r.close()
		return nil, ErrUnsupported
	}
	if err := r.mmap(&p); err != nil {
		r.close()
		return nil, os.NewSyscallError("mmap", err)
	}
	return r, nil
}

func (r *ring) mmap(p *params) (err error) {
	const rw, shared = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_SHARED | unix.MAP_POPULATE
	size := p.cq.cqes + p.cqEntries*uint32(unsafe.Sizeof(cqe{}))
	if p.flags&setupNoSQArray == 0 {
		size = max(size, p.sq.array+p.sqEntries*4)
	}
	if r.rings, err = unix.Mmap(r.fd, offRings, int(size), rw, shared); err != nil {
		return err
	}
	if r.requests, err = unix.Mmap(r.fd, offSQEs, int(p.sqEntries)*int(unsafe.Sizeof(sqe{})), rw, shared); err != nil {
		return err
	}
	if r.page, err = unix.Mmap(-1, 0, os.Getpagesize(), rw, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS); err != nil {
		return err
	}
	word := func(off uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.rings[off])) }
	r.sqHead, r.sqTail = word(p.sq.head), word(p.sq.tail)
	r.cqHead, r.cqTail = word(p.cq.head), word(p.cq.tail)
	r.sqes = unsafe.Slice((*sqe)(unsafe.Pointer(&r.requests[0])), p.sqEntries)
	r.cqes = unsafe.Slice((*cqe)(unsafe.Pointer(&r.rings[p.cq.cqes])), p.cqEntries)
	if p.flags&setupNoSQArray == 0 {
		// The older way: an array says which request stands where. Ours stand in order.
		for i, array := uint32(0), unsafe.Slice(word(p.sq.array), p.sqEntries); i < p.sqEntries; i++ {
			array[i] = i
		}
	}
	r.arg = (*waitArg)(unsafe.Pointer(&r.page[0]))
	return nil
}

// register makes one io_uring_register call.
func (r *ring) register(what int, arg unsafe.Pointer, n int) error {
	_, _, errno := unix.Syscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), uintptr(what), uintptr(arg), uintptr(n), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("io_uring_register", errno)
	}
	return nil
}

// enable starts the ring and binds it to the calling thread.
func (r *ring) enable() error { return r.register(registerEnableRings, nil, 0) }

// room is how many more requests can be put before the next enter.
func (r *ring) room() int {
	return len(r.sqes) - int(r.put-atomic.LoadUint32(r.sqHead))
}

// next returns a cleared request to be filled in; there must be room.
func (r *ring) next() *sqe {
	q := &r.sqes[r.put&uint32(len(r.sqes)-1)]
	r.put++
	*q = sqe{}
	return q
}

// enter hands over the requests put since, and lets the kernel post what has
// completed. With wait it blocks for the first completion, at most timeout
// nanoseconds; a timeout below 0 is none. It may return with nothing done: what
// was not taken over stays put.
func (r *ring) enter(wait bool, timeout int64) error {
	atomic.StoreUint32(r.cqHead, r.took)
	atomic.StoreUint32(r.sqTail, r.put)
	flags, arg, size, least := uintptr(enterGetEvents), uintptr(0), uintptr(0), uintptr(0)
	if wait {
		least = 1
		if r.features&featNoIOWait != 0 {
			flags |= enterNoIOWait
		}
		if timeout >= 0 {
			r.arg.ts = uint64(uintptr(unsafe.Pointer(&r.arg.sec)))
			r.arg.sec, r.arg.nsec = timeout/1e9, timeout%1e9
			flags |= enterExtArg
			arg, size = uintptr(unsafe.Pointer(r.arg)), waitArgBytes
		}
	}
	_, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(r.put-atomic.LoadUint32(r.sqHead)), least, flags, arg, size)
	switch errno {
	case 0, unix.ETIME, unix.EINTR, unix.EAGAIN, unix.EBUSY:
		return nil // the last two: short of memory, or of room for completions
	}
	return os.NewSyscallError("io_uring_enter", errno)
}

// pending says whether completions wait to be taken.
func (r *ring) pending() bool {
	if r.took == r.come {
		r.come = atomic.LoadUint32(r.cqTail)
	}
	return r.took != r.come
}

// take removes the next completion; there must be one.
func (r *ring) take() cqe {
	c := r.cqes[r.took&uint32(len(r.cqes)-1)]
	r.took++
	return c
}

// close gives everything back. No request may be under way.
func (r *ring) close() {
	for _, m := range [][]byte{r.rings, r.requests, r.page} {
		if m != nil {
			_ = unix.Munmap(m)
		}
	}
	_ = unix.Close(r.fd)
}
