// SPDX-License-Identifier: Apache-2.0

package epoll

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// batch hands over n events of the set and closes the batch. The set is
// level-triggered: what did not fit comes next.
func (d *Driver) batch(n int) {
	for i := range d.events[:n] {
		ev := &d.events[i]
		switch s := slotOf(ev); s {
		case slotWake:
			drain(d.wakefd)
		case slotTimer:
			drain(d.timerfd)
			d.armed = 0
		default:
			d.dispatch(s, ev.Events)
		}
	}
	d.tellReleased()
	d.sink.EndBatch(driver.Now())
	if len(d.released) > 0 { // during EndBatch; nothing else need happen soon
		d.Wake()
	}
}

// dispatch turns one event into sink calls. A call may release the slot, so it
// is looked up again before the next.
func (d *Driver) dispatch(s driver.Slot, events uint32) {
	e := d.at(s)
	if e == nil {
		return // released earlier in this batch
	}
	if e.listening {
		d.sink.Acceptable(s)
		return
	}
	if events&unix.EPOLLOUT != 0 {
		d.watch(s, e, e.mask&^unix.EPOLLOUT)
		d.sink.Writable(s)
		if e = d.at(s); e == nil {
			return
		}
	}
	const broken = unix.EPOLLHUP | unix.EPOLLERR
	switch {
	case e.mask&unix.EPOLLIN != 0 && events&(unix.EPOLLIN|unix.EPOLLRDHUP|broken) != 0:
		d.read(s, e)
	case events&broken != 0:
		// Held, and the connection is gone: the set would report that for ever.
		d.unwatch(e)
		d.sink.Data(s, nil, driver.Failed)
	}
}

// read makes one read: a second one would find the socket empty more often
// than not, and one connection must not fill a batch.
func (d *Driver) read(s driver.Slot, e *entry) {
	b := d.buf
	if e.max > 0 {
		b = b[:e.max]
	}
	n, again, err := receive(int(e.fd), b)
	switch {
	case again:
		return
	case err != nil:
		d.unwatch(e)
		d.sink.Data(s, nil, driver.Failed)
	case n == 0:
		d.Hold(s)
		d.sink.Data(s, nil, driver.End)
	default:
		if e.max > 0 {
			d.Hold(s)
		}
		d.sink.Data(s, b[:n], driver.Open)
	}
}

// tellReleased reports the slots released so far. The sink may release more
// while it is told.
func (d *Driver) tellReleased() {
	for len(d.released) > 0 {
		s := d.released[len(d.released)-1]
		d.released = d.released[:len(d.released)-1]
		d.sink.Released(s, int(d.entries[s.Index()].fd))
	}
}

// drain resets an eventfd or a timerfd.
func drain(fd int) {
	var count uint64
	_, _, _ = unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&count)), 8)
}
