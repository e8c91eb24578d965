// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"weir/internal/xmpptest"
)

// TestPatterns: from a thousand components to one, from one to a thousand, and from everybody to everybody, over four loops: every
// stanza is numbered, and weirload fails when one is lost, doubled, altered, answered or out of order. No sender has more under way
// than the least share it may have waiting at a receiver that is not given the processor for a while.
func TestPatterns(t *testing.T) {
	for _, p := range []struct{ pattern, size string }{
		{"fan-in", "1000"}, {"fan-out", "1000"}, {"all-to-all", "64"},
	} {
		t.Run(p.pattern, func(t *testing.T) {
			w := xmpptest.StartWeir(t, fourLoops+listener+"reuse_port = true\n")
			r := startLoad(t, w, "forward", "-pattern", p.pattern, "-pairs", p.size, "-window", "4", "-size", "180", "-duration", "2s", "-warmup", "200ms")()
			if r.PerSecond == 0 {
				t.Error("no stanza came")
			}
		})
	}
}
