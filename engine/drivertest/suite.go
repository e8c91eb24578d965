// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"testing"

	"weir/engine/driver"
)

// Open opens the drivers of one engine.
type Open func(loops int) ([]driver.Driver, error)

// Run holds the drivers that open makes to the interface.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"stream arrives whole and in order", streamArrives},
		{"nothing is read before Recv", nothingBeforeRecv},
		{"bites bring at most what was asked", bites},
		{"a bite is lifted while it waits", biteLifted},
		{"hold from elsewhere stops the bytes", holdFromBatch},
		{"hold within Data stops the bytes", holdWithinData},
		{"hold and resume lose nothing", holdAndResume},
		{"end comes once, behind the bytes", endOnce},
		{"end of a held slot waits behind its bytes", endWhileHeld},
		{"after an end we can still write", writeAfterEnd},
		{"reset fails the slot once", resetOnce},
		{"reset behind bytes fails the slot", resetBehindBytes},
		{"reset behind bytes that wait fails the slot", resetBeforeRecv},
		{"reset of a held slot does not spin", resetWhileHeld},
		{"reset after an end does not spin", resetAfterEnd},
		{"writable comes once for each asking", writableOnce},
		{"writable waits for the peer", writableWaits},
		{"writable does not read a held slot", writableHeld},
		{"release is told once, with the descriptor", releaseOnce},
		{"release within EndBatch needs no other event", releaseInEndBatch},
		{"release silences events of the same batch", releaseStale},
		{"release with everything asked for", releaseBusy},
		{"after release the kernel holds nothing", releaseCloses},
		{"detach brings what was received, and the slot can come back", detachAndReturn},
		{"a slot's next generation hears nothing of the last", generations},
		{"listening is level-triggered", listenLevel},
		{"listening off is silent, on again is not", listenOff},
		{"unlisten forgets", listenForget},
		{"batches are bounded", batchBound},
		{"wakes are not lost", wakes},
		{"a wake before Run counts", wakeBeforeRun},
		{"loops wake each other", wakeEachOther},
		{"the clock does not go back", clock},
		{"timers", timers},
		{"stop", stops},
		{"storm", storm},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}
