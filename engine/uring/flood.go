// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// A stream whose reads are full gains nothing from the ring: the system call it
// saves is nothing beside 64 KiB to be copied. And it loses by it, since the
// kernel goes on receiving, buffer after buffer, before we see the first one:
// the bytes are out of the near caches by then, and so is room for more of them.
// With 180 KiB under way for each of 16 pairs (BenchmarkForward) it costs more
// than reading into one buffer that stays warm.
//
// So a stream that fills a read is a flood, and is read like that: the ring only
// says when there is something. It is a stream again after floodCalm reads in a
// row that were less than floodBytes.
const (
	floodBytes = driver.ReadBytes / 4
	floodCalm  = 4
)

// flood moves an entry that is read by the ring over to us. What has been
// received already still comes.
func (d *Driver) flood(index uint32, e *entry) {
	e.flood, e.calm = true, 0
	d.mark(index, e)
}

// readable deals with the end of a poll for reading: it makes one read, and has
// the next poll asked for.
func (d *Driver) readable(c *cqe) {
	index, e := d.of(c)
	if e == nil {
		return
	}
	e.armed, e.unreceive = none, false
	d.mark(index, e)
	if !e.live || e.want != stream {
		return
	}
	n := read(int(e.fd), d.buf)
	switch {
	case n >= floodBytes:
		e.calm = 0
	case n > 0:
		e.calm++
		e.flood = e.calm < floodCalm || e.hangup.told
	}
	d.deliver(index, e, d.buf[:max(n, 0)], n)
}

// read takes what a socket holds. It returns how much that was, 0 at the end
// of the stream, or an error number below 0. The call cannot block, so it is
// made past the scheduler.
func read(fd int, b []byte) int32 {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd),
		uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return -int32(errno)
	}
	return int32(n)
}
