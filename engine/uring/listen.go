// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"os"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// A request keeps a reference to its socket until it has ended, so a listening
// socket that was closed with one under way would go on listening until the
// next entry of the kernel. Unlisten promises better. So the listening sockets
// are in an epoll set, where leaving is immediate and reports come again as
// long as they are due, and the ring watches that set.

// Listen implements driver.Driver.
func (d *Driver) Listen(fd int, s driver.Slot, on bool) error {
	e, op := d.at(s), unix.EPOLL_CTL_MOD
	if e == nil {
		e, op = d.enter(fd, s), unix.EPOLL_CTL_ADD
		e.listening = true
	} else if e.on == on {
		return nil
	}
	ev := unix.EpollEvent{Fd: int32(s.Index()), Pad: int32(s.Generation())}
	if on {
		ev.Events = unix.EPOLLIN
	}
	if err := unix.EpollCtl(d.listenfd, op, fd, &ev); err != nil {
		e.live = e.live && op == unix.EPOLL_CTL_MOD
		return os.NewSyscallError("epoll_ctl", err)
	}
	if op == unix.EPOLL_CTL_ADD {
		d.listeners++
	}
	e.on = on
	return nil
}

// Unlisten implements driver.Driver.
func (d *Driver) Unlisten(fd int, s driver.Slot) {
	e := d.at(s)
	if e == nil {
		return
	}
	e.live = false
	d.listeners--
	// The descriptor is open and in the set, so this fails only if that
	// invariant of ours is broken.
	if err := unix.EpollCtl(d.listenfd, unix.EPOLL_CTL_DEL, fd, nil); err != nil {
		panic("uring: removing a listening descriptor: " + err.Error())
	}
}

// watchListeners asks once for a report that somebody waits at any of them.
func (d *Driver) watchListeners() {
	d.watched = true
	d.poll(userData(0, 0, kindListeners), d.listenfd, unix.POLLIN, 0)
}

// acceptable reports at most left listening sockets and returns how many. The
// rest is found when the set is watched again.
func (d *Driver) acceptable(left int) int {
	d.watched = false
	n, err := unix.EpollWait(d.listenfd, d.events[:left], 0)
	if err != nil {
		return 0 // EINTR: found when the set is watched again
	}
	for _, ev := range d.events[:n] {
		s := driver.MakeSlot(uint32(ev.Fd), uint32(ev.Pad))
		if e := d.at(s); e != nil && e.on {
			d.sink.Acceptable(s)
		}
	}
	return n
}
