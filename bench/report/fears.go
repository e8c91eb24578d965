// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"

	"weir/bench"
)

// What a point of a run's course can be drawn by.
func resident(_ *bench.Result, p bench.Point) float64  { return float64(p.RSS) / (1 << 20) }
func connected(_ *bench.Result, p bench.Point) float64 { return float64(p.Up) }

// kept is the rate in percent of that before anything happened: servers of very
// different speed can be compared by it.
func kept(r *bench.Result, p bench.Point) float64 {
	before := 0.0
	switch {
	case r.Slow != nil:
		before = r.Slow.Before
	case r.Restart != nil:
		before = r.Restart.Before.PerSecond
	}
	return 100 * p.PerSecond / max(before, 1)
}

func (d drawer) slow() section {
	s := section{Title: "A receiver that stops reading", Text: "What the other pairs still get, and what it costs the server, over time. The receiver stops after a third."}
	for _, title := range d.titles("slow") {
		s.Lines = append(s.Lines, d.course(title, "rate of the good pairs, % of that before", kept)...)
		s.Lines = append(s.Lines, d.course(title, "resident memory, MiB", resident)...)
	}
	return s
}

func (d drawer) storm() section {
	s := section{Title: "A reconnect storm", Text: "Many components are cut off at once, after a third of the time, and come back at once: " +
		"how long it takes, and what the others notice; shorter is better."}
	for _, title := range d.titles("storm") {
		s.Bars = append(s.Bars,
			d.bars(title, "seconds until all are back", of(func(r *bench.Result) *bench.Storm { return r.Storm }, stormBack), missing),
			d.p99s(title, func(r *bench.Result) (before, during bench.Stretch, ok bool) {
				if r.Storm == nil {
					return before, during, false
				}
				return r.Storm.Before, r.Storm.During, true
			}))
		s.Lines = append(s.Lines, d.course(title, "connections that are up", connected)...)
	}
	return s
}

func stormBack(s *bench.Storm) float64 {
	if s.Missing > 0 {
		return none
	}
	return s.Back
}

func restartWhole(s *bench.Restart) float64 {
	if s.Missing > 0 || s.Unfinished {
		return none
	}
	return s.Whole
}

// missing says why a server has no bar.
func missing(r *bench.Result) string {
	if r.Storm != nil && r.Storm.Missing > 0 {
		return fmt.Sprintf("%d are not", r.Storm.Missing)
	}
	return ""
}

func (d drawer) restart() section {
	s := section{Title: "A restart under load", Text: "The server is told to end, and started again as soon as it has: how long until every flow delivers again, " +
		"and what of that which was under way was lost. XEP-0114 has no acknowledgements: a server can lose less, nobody can promise nothing."}
	for _, title := range d.titles("restart") {
		s.Bars = append(s.Bars, d.bars(title, "seconds until all is whole", of(func(r *bench.Result) *bench.Restart { return r.Restart }, restartWhole),
			func(r *bench.Result) string {
				if r.Restart == nil {
					return ""
				}
				return fmt.Sprintf("%d lost, %d answered", r.Restart.Lost, r.Restart.Answered)
			}))
		s.Lines = append(s.Lines, d.course(title, "rate, % of that before", kept)...)
	}
	return s
}

func (d drawer) hostile() section {
	s := section{Title: "Malformed streams beside good ones", Text: "What the good pairs notice of streams that are malformed in every way we know; shorter is better."}
	for _, title := range d.titles("hostile") {
		s.Bars = append(s.Bars, d.p99s(title, func(r *bench.Result) (before, during bench.Stretch, ok bool) {
			if r.Hostile == nil {
				return before, during, false
			}
			return r.Hostile.Before, r.Hostile.During, true
		}))
	}
	return s
}

// p99s are the good pairs' latencies meanwhile, with those before.
func (d drawer) p99s(title string, stretches func(*bench.Result) (before, during bench.Stretch, ok bool)) *bars {
	return d.bars(title, "good pairs' p99 meanwhile, ms", func(r *bench.Result) float64 {
		_, during, _ := stretches(r)
		return float64(during.P99) / 1e6
	}, func(r *bench.Result) string {
		before, _, ok := stretches(r)
		if !ok {
			return ""
		}
		return "before " + duration(float64(before.P99))
	})
}

// of is a value of a part that not every result has.
func of[T any](part func(*bench.Result) *T, value func(*T) float64) func(*bench.Result) float64 {
	return func(r *bench.Result) float64 {
		if p := part(r); p != nil {
			return value(p)
		}
		return 0
	}
}
