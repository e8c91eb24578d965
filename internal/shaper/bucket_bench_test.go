// SPDX-License-Identifier: Apache-2.0

package shaper

import "testing"

func BenchmarkSpend(b *testing.B) {
	k := New(50_000_000, 0)
	now := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		now += 20_000
		k.Spend(now, min(k.Max(now), 1000))
	}
}
