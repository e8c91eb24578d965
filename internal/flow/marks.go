// SPDX-License-Identifier: Apache-2.0

package flow

import "time"

// Marks are the limits of queues, in bytes, and of leases.
type Marks struct {
	Low    int           // a destination that has no more than this waiting has caught up
	High   int           // shared evenly by all that are in debt at one destination
	Hard   int           // above this, nobody's share counts any more
	Share  int           // the least share of one debtor
	Lease  time.Duration // the longest a source is held for one congestion
	Budget int64         // memory of all outboxes of the process, in bytes; above it as above Hard
}

// DefaultMarks: a fast receiver's hiccup (a scheduler's time slice, a garbage
// collection of some 10 ms at 100 MB/s) fits below High; Hard bounds what one
// dead peer can cost.
func DefaultMarks() Marks {
	return Marks{
		Low:    256 << 10,
		High:   1 << 20,
		Hard:   8 << 20,
		Share:  16 << 10,
		Lease:  200 * time.Millisecond,
		Budget: 256 << 20,
	}
}
