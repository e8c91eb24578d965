// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"time"
)

// step is one scenario, run against every server in every round.
type step struct {
	title string
	args  []string // of weirload
	names int      // components that the server must know
	route bool     // needs a server that routes, so neither copier nor HAProxy
	rate  float64  // left out for servers that cannot carry it
	fresh bool     // a server of its own, started for this run
}

// trafficNames is how many components the servers are told of for the scenarios
// with traffic: as many as these need, because Prosody slows down with more.
const trafficNames = 32

// rateShare is how much of what a server forwards at most a schedule may ask of
// it; above, only the queue would be measured.
const rateShare = 0.8

// plan gives the scenarios.
func plan(quick bool) []step {
	d, warm := 3*time.Second, 500*time.Millisecond
	if quick {
		d, warm = time.Second, 300*time.Millisecond
	}
	args := func(command string, more ...string) []string {
		return append([]string{command, "-duration", d.String(), "-warmup", warm.String()}, more...)
	}
	forward := step{
		title: "16 pairs, 180 bytes, window 64", names: trafficNames,
		args: args("forward", "-pairs", "16", "-size", "180", "-window", "64"),
	}
	mix := step{
		title: "16 pairs, mix, window 64", names: trafficNames,
		args: args("forward", "-pairs", "16", "-window", "64"),
	}
	one := step{
		title: "16 pairs, 180 bytes, one under way", names: trafficNames,
		args: args("latency", "-pairs", "16", "-size", "180"),
	}
	idle := step{
		title: "1,000 idle connections", names: 1000, fresh: true,
		args: []string{"idle", "-n", "1000", "-parallel", "8", "-duration", "2s"},
	}
	if quick {
		return []step{forward, mix, one, idle}
	}
	steps := []step{
		forward, mix,
		{
			title: "1 pair, 180 bytes, window 64", names: trafficNames,
			args: args("forward", "-pairs", "1", "-size", "180", "-window", "64"),
		},
		{
			title: "all to all, 32 components, 180 bytes, window 4", names: trafficNames, route: true,
			args: args("forward", "-pattern", "all-to-all", "-pairs", "32", "-size", "180", "-window", "4"),
		},
		one,
	}
	for _, rate := range []float64{1000, 5000, 20000, 100000, 500000} {
		steps = append(steps, step{
			title: fmt.Sprintf("16 pairs, 180 bytes, %s/s on schedule", thousands(rate)), names: trafficNames, rate: rate,
			args: args("latency", "-pairs", "16", "-size", "180", "-rate", strconv.FormatFloat(rate, 'f', -1, 64)),
		})
	}
	steps = append(steps, step{
		title: "4 pairs, 180 bytes, and a receiver that stops reading", names: trafficNames, fresh: true,
		args: []string{"slow", "-pairs", "4", "-size", "180", "-window", "16", "-duration", "9s", "-warmup", warm.String()},
	})
	return append(steps, step{
		title: "connects, 16 at once", names: trafficNames,
		args: args("connect", "-parallel", "16"),
	}, idle)
}

func thousands(n float64) string { return fmt.Sprintf("%.0f,000", n/1000) }
