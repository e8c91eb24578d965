// SPDX-License-Identifier: Apache-2.0

package shaper

import "testing"

// A bucket that goes on under another clock says the same at every moment.
func TestStateMovesTheClock(t *testing.T) {
	const shift = -7_000_000_123
	b := New(1000, 50)
	for now, n := range []int{300, 0, 1, 999, 40} {
		at := int64(now)*1_700_000_001 + 50
		c := b.State(at).Bucket(at + shift)
		if b.Max(at) != c.Max(at+shift) || b.Wait(at) != c.Wait(at+shift) {
			t.Errorf("at %d: %d and %v, moved %d and %v", at, b.Max(at), b.Wait(at), c.Max(at+shift), c.Wait(at+shift))
		}
		if d, moved := b.Spend(at, n), c.Spend(at+shift, n); d != moved {
			t.Errorf("at %d: %v, moved %v", at, d, moved)
		}
	}
	for _, bad := range []State{{}, {Rate: -1}, {Rate: RateMax + 1}, {Rate: 10, Frac: 10}, {Rate: 10, Frac: -1}} {
		if c := bad.Bucket(0); c.Shaped() {
			t.Errorf("%+v shapes", bad)
		}
	}
}
