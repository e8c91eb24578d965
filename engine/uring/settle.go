// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// entryRequests is the most that settling one entry puts.
const entryRequests = 3

// mark puts an entry on the list of those to be settled before the next wait.
func (d *Driver) mark(index uint32, e *entry) {
	if !e.marked {
		e.marked = true
		d.marked = append(d.marked, index)
	}
}

// settle asks the kernel for what has come to be wanted. It returns false when
// something had to be left for after the next entry of the kernel.
func (d *Driver) settle() (all bool) {
	d.feed()
	list := d.marked
	for len(list) > 0 && d.ring.room() >= entryRequests {
		e := &d.entries[list[0]]
		if e.marked {
			e.marked = false
			d.settleEntry(list[0], e)
		}
		list = list[1:]
	}
	d.marked = d.marked[:copy(d.marked, list)]
	if d.listeners > 0 && !d.watched && d.ring.room() > 0 {
		d.watchListeners()
	}
	return len(d.marked) == 0 && len(d.starved) == 0
}

// feed lets some of those ask again who found no buffer: all buffers are free
// by now, but there is no sense in more asking than there is room for.
func (d *Driver) feed() {
	n := min(len(d.starved), max(d.plan.bytes()/driver.ReadBytes, 1))
	for _, index := range d.starved[:n] {
		d.mark(index, &d.entries[index])
	}
	d.starved = d.starved[:copy(d.starved, d.starved[n:])]
}

// settleEntry compares the two sides of an entry.
func (d *Driver) settleEntry(index uint32, e *entry) {
	switch {
	case e.fits():
	case e.armed == none:
		d.receive(index, e)
		d.watchHangup(index, e)
	case !e.unreceive:
		e.unreceive = true
		what := kindReceive
		if e.armed == readable {
			what = kindReadable
		}
		d.cancel(index, e, what, kindUnreceive)
	}
	switch {
	case e.wantWrite && !e.polled:
		e.wantWrite, e.polled = false, true
		d.poll(userData(index, e.gen, kindWrite), int(e.fd), unix.POLLOUT, 0)
	case e.leaving && e.polled && !e.unpoll:
		e.unpoll = true
		d.cancel(index, e, kindWrite, kindUnpoll)
	}
	if e.leaving && e.hangup.polled && !e.hangup.unpoll {
		e.hangup.unpoll = true
		d.cancel(index, e, kindHangup, kindUnhang)
	}
	if e.leaving && e.idle() {
		e.live, e.leaving = false, false
		d.released = append(d.released, index)
	}
}

// receive asks for what is wanted.
func (d *Driver) receive(index uint32, e *entry) {
	if e.want == stream && e.flood {
		e.armed = readable
		d.poll(userData(index, e.gen, kindReadable), int(e.fd), unix.POLLIN, 0)
		return
	}
	q := d.ring.next()
	q.opcode, q.flags = opRecv, sqeBufferSelect
	q.fd, q.bufferGroup = e.fd, bufferGroup
	q.user = userData(index, e.gen, kindReceive)
	if e.want == stream {
		q.ioprio = recvMultishot
		if d.plan.pollFirst {
			q.ioprio |= recvPollFirst
		}
		q.len = d.plan.streamLen()
	} else {
		q.len = uint32(e.want)
	}
	e.armed = e.want
	d.flying++
}

// poll asks for a report when fd is ready: one, or with pollMultishot many.
func (d *Driver) poll(user uint64, fd int, events, how uint32) {
	q := d.ring.next()
	q.opcode, q.fd, q.user = opPollAdd, int32(fd), user
	q.opFlags, q.len = events, how
	d.flying++
}

// cancel takes back the entry's request of one kind. Its own completion comes
// only if that fails, under another kind.
func (d *Driver) cancel(index uint32, e *entry, what, as kind) {
	q := d.ring.next()
	q.opcode, q.flags, q.fd = opAsyncCancel, sqeCQESkipSuccess, -1
	q.addr = userData(index, e.gen, what)
	q.user = userData(index, e.gen, as)
}
