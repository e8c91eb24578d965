// SPDX-License-Identifier: Apache-2.0

package registry

import "sync/atomic"

// Counters count what a registry has done.
type Counters struct {
	Claimed   atomic.Int64
	Refused   atomic.Int64 // claims that met somebody
	TimedOut  atomic.Int64 // claims that were not decided in time
	ClaimTime atomic.Int64 // nanoseconds of all claims together

	Mismatched atomic.Int64 // writes that met a newer record (10071)
	Busy       atomic.Int64 // writes that met another one under way (10164)
	AckLost    atomic.Int64 // writes whose answer was lost, found done
	TakenOver  atomic.Int64 // holders passed over because their node was dead
	Swept      atomic.Int64 // holders removed for the same reason
	Evicted    atomic.Int64 // names of ours that others have got
	Asserted   atomic.Int64 // names of ours that had to be written anew

	Refreshed     atomic.Int64
	RefreshFailed atomic.Int64
	Fenced        atomic.Int64 // times that our own lease had ended
	Watches       atomic.Int64 // watches begun
}
