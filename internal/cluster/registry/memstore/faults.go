// SPDX-License-Identifier: Apache-2.0

package memstore

import (
	"math/rand/v2"
	"sync"
	"time"

	"weir/internal/cluster/registry"
)

// Faults are what goes wrong on one client's way to the server. Chances are from
// 0 to 1.
type Faults struct {
	Delay   time.Duration // the longest that each operation, and each event, is delayed
	Drop    float64       // a write that never arrives
	LostAck float64       // one that is done, and nobody is told
	Busy    float64       // one that meets another one under way
	Cut     bool          // nothing comes through, either way
}

type faults struct {
	mu  sync.Mutex
	now Faults
	rng *rand.Rand
}

func (f *faults) set(now Faults) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = now
}

func (f *faults) cut() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now.Cut
}

func (f *faults) delay() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now.Delay == 0 {
		return 0
	}
	return time.Duration(f.rng.Int64N(int64(f.now.Delay)))
}

// write says what becomes of a write: before is why it is not done, after why it
// is not known to be done.
func (f *faults) write() (before, after error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch x := f.rng.Float64(); {
	case x < f.now.Drop:
		return registry.ErrUnknown, nil
	case x < f.now.Drop+f.now.LostAck:
		return nil, registry.ErrUnknown
	case x < f.now.Drop+f.now.LostAck+f.now.Busy:
		return registry.ErrBusy, nil
	}
	return nil, nil
}
