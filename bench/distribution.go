// SPDX-License-Identifier: Apache-2.0

package bench

import "github.com/HdrHistogram/hdrhistogram-go"

// Distribution is of latencies, in nanoseconds.
type Distribution struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	P50   int64   `json:"p50"`
	P90   int64   `json:"p90"`
	P99   int64   `json:"p99"`
	P999  int64   `json:"p999"`
	Max   int64   `json:"max"`
	Curve []Step  `json:"curve,omitempty"`
}

// Step is one point of the curve of percentiles.
type Step struct {
	Percentile float64 `json:"p"`
	Value      int64   `json:"v"`
}

// curvePercentiles are drawn in reports: every further nine has as much room.
var curvePercentiles = []float64{0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99, 99.999, 100}

func latencyOf(h *hdrhistogram.Histogram) *Distribution {
	if h.TotalCount() == 0 {
		return nil
	}
	l := &Distribution{
		Count: h.TotalCount(), Mean: h.Mean(), Max: h.Max(),
		P50: h.ValueAtQuantile(50), P90: h.ValueAtQuantile(90),
		P99: h.ValueAtQuantile(99), P999: h.ValueAtQuantile(99.9),
	}
	for _, p := range curvePercentiles {
		l.Curve = append(l.Curve, Step{p, h.ValueAtQuantile(p)})
	}
	return l
}
