// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"
)

// axis maps values to 0..1 of its length.
type axis struct {
	lo, hi float64
	log    bool
	ticks  []tick
}

type tick struct {
	At    float64 // 0..1
	Label string
}

func (a *axis) at(v float64) float64 {
	if a.log {
		v = math.Log10(math.Max(v, a.lo)/a.lo) / math.Log10(a.hi/a.lo)
	} else {
		v = (v - a.lo) / (a.hi - a.lo)
	}
	return math.Min(1, math.Max(0, v))
}

// logAxis spans whole decades around the values, at least one.
func logAxis(lo, hi float64, label func(float64) string) axis {
	from, to := math.Floor(math.Log10(lo)), math.Ceil(math.Log10(hi))
	if from == to {
		to++
	}
	a := axis{lo: math.Pow(10, from), hi: math.Pow(10, to), log: true}
	for e := from; e <= to; e++ {
		v := math.Pow(10, e)
		a.ticks = append(a.ticks, tick{a.at(v), label(v)})
	}
	return a
}

// linearAxis begins at zero and ends at a round number above the values.
func linearAxis(hi float64, label func(float64) string) axis {
	if hi <= 0 {
		hi = 1
	}
	step := math.Pow(10, math.Floor(math.Log10(hi)))
	for _, f := range []float64{0.2, 0.5, 1, 2} {
		if hi/(step*f) <= 6 {
			step *= f
			break
		}
	}
	a := axis{hi: math.Ceil(hi/step) * step}
	for v := 0.0; v <= a.hi+step/2; v += step {
		a.ticks = append(a.ticks, tick{a.at(v), label(v)})
	}
	return a
}

// percentileAxis gives every further nine as much room: 90, 99, 99.9.
func percentileAxis() axis {
	a := axis{lo: 1, hi: 1e5, log: true}
	for _, p := range []float64{0, 90, 99, 99.9, 99.99} {
		a.ticks = append(a.ticks, tick{a.at(nines(p)), fmt.Sprint(p)})
	}
	return a
}

// nines turns a percentile into what percentileAxis measures: one in how many is
// slower.
func nines(p float64) float64 { return 100 / math.Max(100-p, 1e-3) }

// amount writes a number with a unit of thousands.
func amount(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.3g M", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.3g k", v/1e3)
	}
	return fmt.Sprintf("%.3g", v)
}

// duration writes nanoseconds.
func duration(ns float64) string {
	switch {
	case ns >= 1e9:
		return fmt.Sprintf("%.3g s", ns/1e9)
	case ns >= 1e6:
		return fmt.Sprintf("%.3g ms", ns/1e6)
	}
	return fmt.Sprintf("%.3g µs", ns/1e3)
}
