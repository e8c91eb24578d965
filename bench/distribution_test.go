// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"math"
	"slices"
	"testing"
	"time"

	"weir/bench/client"
)

// Percentiles are those of the raw data by nearest rank, to three digits, for known
// distributions with short and with long tails.
func TestPercentilesAreThoseOfTheRawData(t *testing.T) {
	const n = 100_000
	for name, quantile := range map[string]func(float64) float64{ // of 0..1, in nanoseconds
		"even":        func(q float64) float64 { return 1e6 * q },
		"exponential": func(q float64) float64 { return -1e6 * math.Log(1-q) },
		"two humps": func(q float64) float64 {
			if q < 0.985 {
				return 40e3
			}
			return 200e6 + 1e9*q
		},
		"Pareto": func(q float64) float64 { return 20e3 * math.Pow(1-q, -1.1) },
	} {
		h := client.NewHistogram()
		var raw []int64
		for i := range n {
			v := int64(max(1, quantile((float64(i)+0.5)/n)))
			raw = append(raw, min(v, int64(time.Minute)))
			if err := h.RecordValue(raw[i]); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(raw)
		d := latencyOf(h)
		rank := func(p float64) float64 { return float64(raw[max(0, int(math.Ceil(p*n/100-1e-6))-1)]) }
		got := map[float64]int64{50: d.P50, 90: d.P90, 99: d.P99, 99.9: d.P999}
		for _, s := range d.Curve {
			got[s.Percentile] = s.Value
		}
		for p, v := range got {
			if off := math.Abs(float64(v)/rank(p) - 1); off > 0.001 && math.Abs(float64(v)-rank(p)) > 1 {
				t.Errorf("%s: p%g is %d, raw data say %.0f", name, p, v, rank(p))
			}
		}
		if d.Count != n || math.Abs(float64(d.Max)/float64(raw[n-1])-1) > 0.001 {
			t.Errorf("%s: %d values, max %d, raw data say %d", name, d.Count, d.Max, raw[n-1])
		}
	}
}
