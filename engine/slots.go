// SPDX-License-Identifier: Apache-2.0

package engine

import "weir/engine/driver"

// slots is a loop's table of what it has registered with its driver: a *Conn
// or a *listener an entry.
type slots struct {
	entries []slotEntry
	free    []uint32
}

type slotEntry struct {
	gen   uint32
	conn  *Conn
	lis   *listener
	going bool // released, the driver has not yet let go
}

// take gives out a slot. Generations begin at 1, so no slot is ever 0.
func (s *slots) take() driver.Slot {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return driver.MakeSlot(i, s.entries[i].gen)
	}
	s.entries = append(s.entries, slotEntry{gen: 1})
	return driver.MakeSlot(uint32(len(s.entries)-1), 1)
}

// at returns the entry of a slot; nil when it has been given back.
func (s *slots) at(k driver.Slot) *slotEntry {
	i := k.Index()
	if int(i) >= len(s.entries) || s.entries[i].gen != k.Generation() {
		return nil
	}
	return &s.entries[i]
}

// give returns a slot to the table, under a new generation.
func (s *slots) give(k driver.Slot) {
	e := s.at(k)
	if e == nil {
		panic("engine: a slot was given back twice")
	}
	gen := e.gen + 1
	if gen == 0 {
		gen = 1
	}
	*e = slotEntry{gen: gen}
	s.free = append(s.free, k.Index())
}
