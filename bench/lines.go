// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"time"

	"weir/bench/client"
)

// Lines are by what scenarios with pass lines pass, beside that there are no
// errors. Zero is the scenario's default.
type Lines struct {
	Keep   float64       // share of their rate that the good pairs keep
	P99    time.Duration // of the good pairs' latency, meanwhile
	Within time.Duration // until everything is back
	Growth int64         // bytes, of the server's resident memory
}

func (l *Lines) fill(def Lines) {
	if l.Keep == 0 {
		l.Keep = def.Keep
	}
	if l.P99 == 0 {
		l.P99 = def.P99
	}
	if l.Within == 0 {
		l.Within = def.Within
	}
	if l.Growth == 0 {
		l.Growth = def.Growth
	}
}

// Check is one line by which a scenario passes or fails.
type Check struct {
	What string `json:"what"`
	Pass bool   `json:"pass"`
}

func (r *Result) check(pass bool, format string, args ...any) {
	r.Checks = append(r.Checks, Check{fmt.Sprintf(format, args...), pass})
}

func (r *Result) checkErrors(what string) { r.check(r.Errors.Sum() == 0, "%s", what) }

// checkKeep holds what the good pairs got meanwhile against what they got before.
func (r *Result) checkKeep(l Lines, before, during float64) {
	r.check(before > 0 && during >= l.Keep*before, "the good pairs keep %.0f %% of their rate: %.0f %%",
		l.Keep*100, 100*during/max(before, 1))
}

// checkP99 holds the latency of the good pairs meanwhile against its line, or
// against twice what it was before if the machine was that busy already.
func (r *Result) checkP99(l Lines, before, during Stretch) {
	most := max(int64(l.P99), 2*before.P99)
	r.check(during.P99 > 0 && during.P99 <= most, "the good pairs' p99 is at most %s: %s",
		short(time.Duration(most)), short(time.Duration(during.P99)))
}

// Passed says whether a run had no errors and kept all its lines.
func (r *Result) Passed() bool {
	for _, c := range r.Checks {
		if !c.Pass {
			return false
		}
	}
	return r.Errors.Sum() == 0
}

// Stretch is one part of a run.
type Stretch struct {
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"per_second"` // delivered
	P50       int64   `json:"p50"`        // nanoseconds, as the next two
	P99       int64   `json:"p99"`
	Max       int64   `json:"max"`
	Silence   float64 `json:"silence"` // the longest in which nothing arrived, seconds
}

// stretchOf is a measured period of a run; it is empty if the run ended before.
func stretchOf(t client.Totals, i int) Stretch {
	if i >= len(t.Periods) {
		return Stretch{}
	}
	p := t.Periods[i]
	s := Stretch{Seconds: p.Seconds, Silence: p.Silence.Seconds()}
	if p.Seconds > 0 {
		s.PerSecond = float64(p.Delivered) / p.Seconds
	}
	if p.Latency.TotalCount() > 0 {
		s.P50, s.P99, s.Max = p.Latency.ValueAtQuantile(50), p.Latency.ValueAtQuantile(99), p.Latency.Max()
	}
	return s
}

func (s Stretch) String() string {
	return fmt.Sprintf("%s/s, p50 %s, p99 %s, max %s", grouped(int64(s.PerSecond)),
		short(time.Duration(s.P50)), short(time.Duration(s.P99)), short(time.Duration(s.Max)))
}
