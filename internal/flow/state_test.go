// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"slices"
	"testing"

	"weir/engine"
)

// A gate that is made anew, with what waits charged and the standing restored,
// judges as the old one did.
func TestStanding(t *testing.T) {
	var woken []uint32
	old := NewGate(marks(), func(uint32) {}, func() int64 { return 0 }, everybody)
	for src, n := range map[uint32]int{1: 2000, 2: 2000, 3: 10} {
		bring(old, src, n, 0)
	}
	old.LeaseOver(1)
	g := NewGate(marks(), func(src uint32) { woken = append(woken, src) }, func() int64 { return 0 }, everybody)
	for src, n := range map[uint32]int{1: 2000, 2: 2000, 3: 10} {
		g.Charge(src, n)
	}
	g.Stand(old.Standing())
	for src, want := range map[uint32]engine.Verdict{1: engine.Refused, 2: engine.Hold, 3: engine.Queued} {
		if v := g.Admit(src, 1, 4010); v != want {
			t.Errorf("source %d: verdict %d, want %d", src, v, want)
		}
	}
	g.Low()
	if !slices.Equal(woken, []uint32{2}) {
		t.Errorf("woken: %v", woken)
	}
}
