// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/engine/driver"
)

// The rig counts the events of every batch; here are enough for several.
func batchBound(t *testing.T, open Open) {
	r := newRig(t, open)
	var all []*sock
	for range 3*driver.BatchEvents + 5 {
		s := r.add()
		s.send([]byte("x"))
		all = append(all, s)
	}
	r.do(func() {
		for _, s := range all {
			s.recv(0)
			r.d.Writable(s.slot)
		}
	})
	r.until("all have been heard", func() bool {
		for _, s := range all {
			if s.n == 0 || s.writables == 0 {
				return false
			}
		}
		return true
	})
}

// Every wake is followed by a batch that sees what was done before it.
func wakes(t *testing.T, open Open) {
	r := newRig(t, open)
	var told, seen atomic.Int64
	r.do(func() { r.atEnd = func() { seen.Store(told.Load()) } })
	var from sync.WaitGroup
	for range 4 {
		from.Go(func() {
			for range 500 {
				mine := told.Add(1)
				r.d.Wake()
				for deadline := time.Now().Add(patience); seen.Load() < mine; {
					if time.Now().After(deadline) {
						t.Error("a wake was lost")
						return
					}
					time.Sleep(time.Microsecond)
				}
			}
		})
	}
	from.Wait()
	r.calm()
}

func wakeBeforeRun(t *testing.T, open Open) {
	drivers, err := open(1)
	if err != nil {
		t.Fatal(err)
	}
	r := makeRig(t, drivers[0])
	r.d.Wake()
	go func() { r.ended <- r.d.Run(r) }()
	r.until("the first batch comes", func() bool { return r.batches > 0 })
	r.stop()
}

// Two loops, each of which waits until the other wakes it.
func wakeEachOther(t *testing.T, open Open) {
	rigs := newRigs(t, open, 2)
	const rounds = 2000
	var turn atomic.Int64
	done := make(chan struct{})
	for i, r := range rigs {
		other := rigs[1-i]
		r.do(func() {
			r.atEnd = func() {
				n := turn.Load()
				if int(n%2) != i || n >= rounds {
					return
				}
				if turn.Add(1) == rounds {
					close(done)
				}
				other.d.Wake()
			}
		})
	}
	rigs[0].d.Wake()
	select {
	case <-done:
	case <-time.After(patience):
		t.Errorf("the loops stand still after %d wakes", turn.Load())
	}
}

// EndBatch tells the engine's clock; that it does not go back is the rig's
// concern in every test.
func clock(t *testing.T, open Open) {
	r := newRig(t, open)
	before := driver.Now()
	r.do(func() {})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now < before || r.now > driver.Now() {
		t.Errorf("EndBatch tells %d, between %d and %d", r.now, before, driver.Now())
	}
}
