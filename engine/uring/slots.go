// SPDX-License-Identifier: Apache-2.0

package uring

import "weir/engine/driver"

// reading is a state of a slot's receive: none, a stream, or one read of at most
// so many bytes. A stream is served in one of two ways, by the ring or, while it
// is a flood (see flood.go), by ourselves as often as the ring finds it readable.
type reading int32

const (
	none     reading = 0
	stream   reading = -1
	readable reading = -2 // as armed only
)

// entry is one registered descriptor: what the engine wants of it, and what the
// kernel has been asked for. It stays in its place of the table, by slot index,
// until the kernel has answered all of that for good.
type entry struct {
	fd  int32
	gen uint32

	want  reading
	armed reading // the receive that is under way

	live      bool // registered, and not released
	listening bool
	on        bool // listening: somebody who waits is to be reported
	flood     bool
	calm      uint8 // reads of a flood that were none
	ended     bool  // End or Failed was told: nothing more comes
	leaving   bool  // released or detached, but not yet told
	marked    bool  // on the list of those to be settled
	unreceive bool  // the receive is being cancelled
	wantWrite bool
	polled    bool // a poll for writing is under way
	unpoll    bool // it is being cancelled

	hangup hangup // see hangup.go
}

// idle says that the kernel holds nothing of the slot.
func (e *entry) idle() bool { return e.armed == none && !e.polled && !e.hangup.polled }

// fits says that the receive under way is one that will do for what is wanted.
// A single read ends by itself, so a wish for more waits for that.
func (e *entry) fits() bool {
	switch {
	case e.armed == stream:
		return e.want == stream && !e.flood
	case e.armed == e.want:
		return true
	case e.armed == readable:
		return e.want == stream
	case e.armed == none || e.want == none:
		return false
	}
	return e.want == stream || e.armed <= e.want
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

// enter gives fd the table's place for s.
func (d *Driver) enter(fd int, s driver.Slot) *entry {
	for int(s.Index()) >= len(d.entries) {
		d.entries = append(d.entries, entry{})
	}
	e := &d.entries[s.Index()]
	*e = entry{fd: int32(fd), gen: s.Generation(), live: true}
	return e
}

// kind says what a request is for.
type kind uint8

const (
	kindReceive kind = iota + 1
	kindReadable
	kindWrite
	kindUnreceive
	kindUnpoll
	kindWake
	kindListeners
	kindHangup
	kindUnhang
)

// cancels says that the request takes back another one.
func (k kind) cancels() bool { return k == kindUnreceive || k == kindUnpoll || k == kindUnhang }

// A request carries index, kind and the low part of the generation of its slot,
// and its completions bring them back. The part is enough: a place of the table
// is not given to another while a request of the former owner is under way.
const genMask = 1<<24 - 1

func userData(index, gen uint32, k kind) uint64 {
	return uint64(index)<<32 | uint64(k)<<24 | uint64(gen&genMask)
}

func (c *cqe) kind() kind { return kind(c.user >> 24) }

// of returns the index and the entry that a completion is for, nil when the
// entry is not the one that asked.
func (d *Driver) of(c *cqe) (uint32, *entry) {
	i := uint32(c.user >> 32)
	if int(i) >= len(d.entries) {
		return i, nil
	}
	e := &d.entries[i]
	if e.gen&genMask != uint32(c.user)&genMask {
		return i, nil
	}
	return i, e
}
