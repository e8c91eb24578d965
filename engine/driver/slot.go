// SPDX-License-Identifier: Apache-2.0

package driver

// Slot names one registration of one descriptor on one loop: the index of a
// table entry in the high half, the entry's generation in the low half. An
// entry's generation changes when it is released, so an event that was under
// way for its former owner names a slot that no longer exists, and dies in the
// one place that looks slots up.
type Slot uint64

// MakeSlot joins an index and a generation.
func MakeSlot(index, generation uint32) Slot {
	return Slot(uint64(index)<<32 | uint64(generation))
}

// Index is the position in the slot table.
func (s Slot) Index() uint32 { return uint32(s >> 32) }

// Generation tells two owners of one index apart.
func (s Slot) Generation() uint32 { return uint32(s) }
