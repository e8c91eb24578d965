// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"

	"weir/bench"
)

// series are the runs of one server, a round each.
type series struct {
	server *server
	runs   []*bench.Result
}

// compare loads the servers in turn, rounds times, each round beginning with
// another one.
func (b *bed) compare(ctx context.Context, rounds int, servers []*server, args ...string) ([]series, error) {
	all := make([]series, len(servers))
	for i, s := range servers {
		all[i] = series{server: s, runs: make([]*bench.Result, rounds)}
	}
	for round := range rounds {
		for i := range servers {
			k := (i + round) % len(servers)
			r, err := b.load(ctx, servers[k], args...)
			if err != nil {
				return nil, err
			}
			all[k].runs[round] = r
			fmt.Fprintf(os.Stderr, "%s: %s: %.0f/s, %.3f CPU s per million\n", args[0], servers[k].name, r.PerSecond, cpu(r))
		}
	}
	return all, nil
}

// figure is one number of a run.
type figure func(*bench.Result) float64

func perSecond(r *bench.Result) float64 { return r.PerSecond }

func cpu(r *bench.Result) float64 {
	if r.ServerUse == nil {
		return 0
	}
	return r.ServerUse.PerMillion
}

func p50(r *bench.Result) float64 {
	return micros(r, func(l *bench.Distribution) int64 { return l.P50 })
}
func p99(r *bench.Result) float64 {
	return micros(r, func(l *bench.Distribution) int64 { return l.P99 })
}

func micros(r *bench.Result, of func(*bench.Distribution) int64) float64 {
	if r.Latency == nil {
		return 0
	}
	return float64(of(r.Latency)) / 1e3
}

// median is that of a series.
func (s series) median(f figure) float64 {
	var all []float64
	for _, r := range s.runs {
		all = append(all, f(r))
	}
	return bench.Median(all)
}

// most is the largest of a series.
func (s series) most(f figure) float64 {
	largest := f(s.runs[0])
	for _, r := range s.runs {
		largest = max(largest, f(r))
	}
	return largest
}

// against is the median of the ratios of neighbouring runs.
func (s series) against(other series, f figure) float64 {
	var all []float64
	for i := range s.runs {
		if o := f(other.runs[i]); o > 0 {
			all = append(all, f(s.runs[i])/o)
		}
	}
	return bench.Median(all)
}
