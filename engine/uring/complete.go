// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// batch hands over what has completed, at most BatchEvents events, and closes
// the batch. What did not fit comes next.
func (d *Driver) batch() {
	if d.woken.Load() {
		d.woken.Store(false) // a wake from here on is for the next batch
	}
	for left := driver.BatchEvents; left > 0 && d.ring.pending(); {
		c := d.ring.take()
		left -= d.complete(&c, left)
	}
	d.tellReleased()
	now := driver.Now()
	if d.timer != 0 && now >= d.timer {
		d.timer = 0
	}
	d.sink.EndBatch(now)
}

// complete deals with one completion and returns how many events it was, at
// most left.
func (d *Driver) complete(c *cqe, left int) int {
	if d.landed(c); c.kind() == kindListeners {
		return d.acceptable(left)
	}
	switch c.kind() {
	case kindReceive:
		d.received(c)
	case kindReadable:
		d.readable(c)
	case kindWrite:
		d.writable(c)
	case kindHangup:
		d.hungUp(c)
		return 0
	case kindUnreceive, kindUnpoll, kindUnhang:
		d.uncancelled(c)
		return 0
	case kindWake:
		if c.final() {
			d.watchWake()
		}
		return 0
	}
	return 1
}

// landed counts the requests that have ended. A cancelling one is not counted:
// it holds nothing.
func (d *Driver) landed(c *cqe) {
	if c.final() && !c.kind().cancels() {
		d.flying--
	}
}

// received deals with a completion of a receive. The sink may do anything to
// the table, so the entry is not looked at after it was called.
func (d *Driver) received(c *cqe) {
	b := d.bufs.bytes(c)
	defer d.bufs.done(c)
	index, e := d.of(c)
	if e == nil {
		return
	}
	was := e.armed
	if c.final() {
		e.armed, e.unreceive = none, false
		if c.res == -int32(unix.ENOBUFS) && e.live {
			d.starved = append(d.starved, index)
			return
		}
		d.mark(index, e)
	}
	if was == stream && len(b) >= d.plan.full() && !e.flood {
		d.flood(index, e)
	}
	if was > 0 && e.want > 0 && c.res > 0 {
		e.want = none // that was the one read
	}
	d.deliver(index, e, b, c.res)
}

// deliver tells what a receive has brought: b, or with a res of 0 the end, or
// an error number below 0.
func (d *Driver) deliver(index uint32, e *entry, b []byte, res int32) {
	if !e.live || e.ended {
		return
	}
	s := driver.MakeSlot(index, e.gen)
	switch errno := unix.Errno(-res); {
	case res > 0:
		d.sink.Data(s, b, driver.Open)
	case res == 0:
		// For a held slot this is dropped: the next receive finds it again.
		if e.want != none {
			e.want, e.ended = none, true
			d.sink.Data(s, nil, driver.End)
		}
	case errno == unix.ECANCELED, errno == unix.EINTR, errno == unix.EAGAIN:
		// Asked for again if it is wanted.
	default:
		e.want, e.ended = none, true
		d.sink.Data(s, nil, driver.Failed)
	}
}

// writable deals with the end of a poll for writing. An error of the poll is
// told as readiness: the write will find out.
func (d *Driver) writable(c *cqe) {
	index, e := d.of(c)
	if e == nil {
		return
	}
	e.polled, e.unpoll = false, false
	d.mark(index, e)
	if e.live {
		d.sink.Writable(driver.MakeSlot(index, e.gen))
	}
}

// uncancelled: the request to be cancelled was not found. Either it has ended,
// and we have seen that before this; or it was on its way from one of the
// kernel's lists to another, and must be cancelled again.
func (d *Driver) uncancelled(c *cqe) {
	index, e := d.of(c)
	if e == nil {
		return
	}
	switch c.kind() {
	case kindUnpoll:
		e.unpoll = false
	case kindUnhang:
		e.hangup.unpoll = false
	default:
		e.unreceive = false
	}
	d.mark(index, e)
}

// tellReleased reports the slots released so far. The sink may release more
// while it is told.
func (d *Driver) tellReleased() {
	for len(d.released) > 0 {
		index := d.released[len(d.released)-1]
		d.released = d.released[:len(d.released)-1]
		e := &d.entries[index]
		d.sink.Released(driver.MakeSlot(index, e.gen), int(e.fd))
	}
}
