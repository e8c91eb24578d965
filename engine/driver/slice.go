// SPDX-License-Identifier: Apache-2.0

package driver

import (
	"time"

	"golang.org/x/sys/unix"
)

// slice is what a loop's thread wants of a processor at a time: as long as most batches
// take, and a good deal less than what others are given, 1.4 ms and more.
const slice = 200 * time.Microsecond

// ShortSlice asks the kernel to serve the calling thread in short turns; its goroutine
// must be bound to it. Who asks for less at a time is served sooner: a loop that wakes
// need not wait until whoever has the processor, a scrape of our own or another program,
// has used up its turn. Nobody gets more of the processor by it. Linux takes it from
// 6.12 on, and it does no harm before; so an error is none.
func ShortSlice() {
	a, err := unix.SchedGetAttr(0, 0)
	if err != nil || a.Policy != unix.SCHED_NORMAL && a.Policy != unix.SCHED_BATCH {
		return // somebody has given us another policy
	}
	a.Runtime = uint64(slice)
	_ = unix.SchedSetAttr(0, a, 0)
}
