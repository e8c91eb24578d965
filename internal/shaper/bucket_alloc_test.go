// SPDX-License-Identifier: Apache-2.0

//go:build !race

package shaper

import "testing"

func TestSpendDoesNotAllocate(t *testing.T) {
	b := New(50000, 0)
	now := int64(0)
	if n := testing.AllocsPerRun(1000, func() {
		now += int64(b.Spend(now, min(b.Max(now), 1500))) + int64(b.Wait(now))
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
