// SPDX-License-Identifier: Apache-2.0

package uring

// The kernel's interface as include/uapi/linux/io_uring.h has it, as far as it
// is used here. The version is the first Linux that knows the name.

// Flags of io_uring_setup.
const (
	setupCQSize       = 1 << 3
	setupDisabled     = 1 << 6
	setupSubmitAll    = 1 << 7
	setupCoopTaskrun  = 1 << 8  // 5.19
	setupSingleIssuer = 1 << 12 // 6.0, as multishot recv
	setupDeferTaskrun = 1 << 13 // 6.1
	setupNoSQArray    = 1 << 16 // 6.6
)

// Features that io_uring_setup reports.
const (
	featSingleMmap = 1 << 0
	featNoDrop     = 1 << 1
	featExtArg     = 1 << 8
	featCQESkip    = 1 << 11
	featNoIOWait   = 1 << 17 // 6.15
)

// Offsets at which the queues are mapped.
const (
	offRings = 0
	offSQEs  = 0x10000000
)

// Flags of io_uring_enter.
const (
	enterGetEvents = 1 << 0
	enterExtArg    = 1 << 3
	enterNoIOWait  = 1 << 7 // 6.15: a loop at rest does not count as waiting for a disk
)

// Operations of io_uring_register.
const (
	registerEnableRings = 12
	registerBufferRing  = 22
)

// bufferRingInc has the kernel fill a buffer piece by piece (6.12); else each
// receive takes a whole one.
const bufferRingInc = 2

// Operations, and what modifies them.
const (
	opPollAdd     = 6
	opAsyncCancel = 14
	opRecv        = 27

	sqeBufferSelect   = 1 << 5
	sqeCQESkipSuccess = 1 << 6

	recvPollFirst = 1 << 0 // in sqe.ioprio
	recvMultishot = 1 << 1
	pollMultishot = 1 << 0 // in sqe.len

	cancelAll = 1 << 0
	cancelAny = 1 << 2
)

// Flags of a completion.
const (
	cqeBuffer     = 1 << 0 // the high half of the flags names a buffer
	cqeMore       = 1 << 1 // the request goes on
	cqeBufferMore = 1 << 4 // the kernel goes on filling that buffer
	cqeBufferBits = 16
)

// params is struct io_uring_params.
type params struct {
	sqEntries, cqEntries, flags, sqCPU, sqIdle, features, wqFD uint32
	_                                                          [3]uint32
	sq                                                         struct {
		head, tail, mask, entries, flags, dropped, array, _ uint32
		_                                                   uint64
	}
	cq struct {
		head, tail, mask, entries, overflow, cqes, flags, _ uint32
		_                                                   uint64
	}
}

// sqe is struct io_uring_sqe: one request.
type sqe struct {
	opcode, flags uint8
	ioprio        uint16
	fd            int32
	off, addr     uint64
	len, opFlags  uint32
	user          uint64
	bufferGroup   uint16
	_             uint16
	_             uint32
	_             [2]uint64
}

// cqe is struct io_uring_cqe: one completion.
type cqe struct {
	user  uint64
	res   int32
	flags uint32
}

// final says that the request has ended.
func (c *cqe) final() bool { return c.flags&cqeMore == 0 }

// bufferEntry is struct io_uring_buf. In the first entry of a ring the last
// field is not its own: it is the ring's tail.
type bufferEntry struct {
	addr uint64
	len  uint32
	id   uint16
	tail uint16
}

// bufferReg is struct io_uring_buf_reg.
type bufferReg struct {
	addr    uint64
	entries uint32
	group   uint16
	flags   uint16
	_       [3]uint64
}

// waitArg is struct io_uring_getevents_arg, and behind it the time it points to.
type waitArg struct {
	sigmask, sigmaskSize uint64
	ts                   uint64
	sec, nsec            int64
}

// waitArgBytes is what the kernel takes of a waitArg.
const waitArgBytes = 24
