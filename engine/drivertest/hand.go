// SPDX-License-Identifier: Apache-2.0

package drivertest

import "weir/engine/driver"

// Hand is a driver without a kernel, for tests that move a loop by hand: it notes what
// is asked of it, and whoever has it tells the loop what came of that.
type Hand struct {
	driver.Driver // not there: what is not written below must not be called

	FDs     map[driver.Slot]int
	Held    map[driver.Slot]bool // not read
	Bite    map[driver.Slot]int  // the most that the next read may bring
	Waiting map[driver.Slot]bool // for Writable
	Gone    []driver.Slot        // let go of, in order
	Added   driver.Slot          // the last one
}

// NewHand makes a Hand.
func NewHand() *Hand {
	return &Hand{
		FDs: map[driver.Slot]int{}, Held: map[driver.Slot]bool{},
		Bite: map[driver.Slot]int{}, Waiting: map[driver.Slot]bool{},
	}
}

// Add implements driver.Driver, as do the others.
func (h *Hand) Add(fd int, s driver.Slot) error {
	h.FDs[s], h.Added, h.Held[s] = fd, s, true
	return nil
}
func (h *Hand) Recv(s driver.Slot, max int) { h.Held[s], h.Bite[s] = false, max }
func (h *Hand) Hold(s driver.Slot)          { h.Held[s] = true }
func (h *Hand) Writable(s driver.Slot)      { h.Waiting[s] = true }
func (h *Hand) Release(s driver.Slot)       { h.Gone = append(h.Gone, s) }
func (h *Hand) Timer(int64)                 {}
func (h *Hand) Wake()                       {}
func (h *Hand) Stop()                       {}
