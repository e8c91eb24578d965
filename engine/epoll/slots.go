// SPDX-License-Identifier: Apache-2.0

package epoll

import (
	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// entry is one registered descriptor. Entries stand in a table by slot index;
// the set's events carry index and generation, so an event of a released slot
// finds a generation that is not its own.
type entry struct {
	fd        int32
	gen       uint32
	mask      uint32 // what the set watches for now
	max       int32  // bytes of the one read asked for; 0: a stream
	listening bool
	live      bool
	unwatched bool // live, but broken and out of the set: nothing more will come
}

// at returns the entry of a slot, nil when it has been released.
func (d *Driver) at(s driver.Slot) *entry {
	i := s.Index()
	if int(i) >= len(d.entries) {
		return nil
	}
	e := &d.entries[i]
	if !e.live || e.gen != s.Generation() {
		return nil
	}
	return e
}

// enter registers fd under s with the given mask.
func (d *Driver) enter(fd int, s driver.Slot, mask uint32, listening bool) error {
	for int(s.Index()) >= len(d.entries) {
		d.entries = append(d.entries, entry{})
	}
	ev := event(s, mask)
	if err := epollCtl(d.epfd, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		return err
	}
	d.entries[s.Index()] = entry{fd: int32(fd), gen: s.Generation(), mask: mask, listening: listening, live: true}
	return nil
}

// watch changes what the set says of a slot; the same mask again costs nothing.
func (d *Driver) watch(s driver.Slot, e *entry, mask uint32) {
	if e.mask == mask || e.unwatched {
		return
	}
	e.mask = mask
	ev := event(s, mask)
	// The descriptor is open and in the set, so this fails only if that
	// invariant of ours is broken.
	if err := epollCtl(d.epfd, unix.EPOLL_CTL_MOD, int(e.fd), &ev); err != nil {
		panic("epoll: changing a registered descriptor: " + err.Error())
	}
}

// unwatch takes a broken descriptor out of the set, which would else report it
// until it is released.
func (d *Driver) unwatch(e *entry) {
	e.unwatched = true
	d.remove(e)
}

func (d *Driver) remove(e *entry) {
	if err := epollCtl(d.epfd, unix.EPOLL_CTL_DEL, int(e.fd), nil); err != nil {
		panic("epoll: removing a registered descriptor: " + err.Error())
	}
}

// event is what the kernel keeps for a slot: its 64 bits of data are the slot.
func event(s driver.Slot, mask uint32) unix.EpollEvent {
	return unix.EpollEvent{Events: mask, Fd: int32(s.Index()), Pad: int32(s.Generation())}
}

func slotOf(ev *unix.EpollEvent) driver.Slot {
	return driver.MakeSlot(uint32(ev.Fd), uint32(ev.Pad))
}
