// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"testing"
	"time"

	"weir/engine/driver"
)

// after is the time of the clock d from now.
func after(d time.Duration) int64 { return driver.Now() + d.Nanoseconds() }

func timers(t *testing.T, open Open) {
	const soon, far = 10 * time.Millisecond, time.Hour
	for _, c := range []struct {
		name  string
		set   []time.Duration // from now; 0 for none
		fires bool
	}{
		{"alone", []time.Duration{soon}, true},
		{"moved forward", []time.Duration{far, soon}, true},
		{"moved back", []time.Duration{soon, far}, false},
		{"disarmed", []time.Duration{soon, 0}, false},
		{"armed again", []time.Duration{soon, 0, soon}, true},
		{"past", []time.Duration{-time.Nanosecond}, true},
		{"just now", []time.Duration{time.Nanosecond}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, open)
			r.settle()
			var at int64
			batches := 0
			r.do(func() {
				for _, d := range c.set {
					at = 0
					if d != 0 {
						at = after(d)
					}
					r.d.Timer(at)
				}
				batches = r.batches
			})
			if c.fires {
				// Nothing else wakes the loop.
				r.until("the timer ends a wait", func() bool { return r.batches > batches && r.now >= at })
				return
			}
			time.Sleep(2 * soon)
			r.mu.Lock()
			defer r.mu.Unlock()
			if n := r.batches - batches; n > calmBatches {
				t.Errorf("%d batches for a timer that is not due", n)
			}
		})
	}
	t.Run("again and again", func(t *testing.T) {
		r := newRig(t, open)
		due, fired := int64(0), 0
		r.do(func() {
			r.atEnd = func() {
				if r.now >= due && fired < 20 {
					fired++
					due = after(time.Millisecond)
					r.d.Timer(due)
				}
			}
		})
		r.until("it fires every time", func() bool { return fired == 20 })
	})
}
