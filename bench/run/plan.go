// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// step is one row: a scenario, run against every server in every round.
type step struct {
	title   string
	args    []string // of weirload
	names   int      // components that the server must know
	only    []string // servers; nil: all but io_uring
	route   bool     // needs a server that routes, so neither copier nor HAProxy
	prove   bool     // components prove themselves, where a server routes
	rate    float64  // left out for servers that cannot carry it
	fresh   bool     // a server of its own, started for this run
	once    bool     // in the first round only
	tls     bool     // for servers that can
	restart bool     // the server is started again when it ends
	files   int      // that one process must be allowed to open
}

// trafficNames is how many components the servers are told of for the scenarios
// with traffic: as many as these need, because Prosody slows down with more.
const trafficNames = 32

// rateShare is how much of what a server forwards at most a schedule may ask of
// it; above, only the queue would be measured.
const rateShare = 0.8

// withRings are the rows in which weir's drivers are compared.
var withRings = []string{"weir", "prosody", "ejabberd", "jabberd2", "haproxy", "copier", "io_uring"}

// planner makes steps of one length.
type planner struct{ length, warm time.Duration }

func plannerFor(o options) planner {
	switch {
	case o.quick:
		return planner{time.Second, 300 * time.Millisecond}
	case o.full:
		return planner{4 * time.Second, time.Second}
	}
	return planner{2 * time.Second, 300 * time.Millisecond}
}

// plan gives the rows that are wanted.
func plan(o options) ([]step, error) {
	p := plannerFor(o)
	steps := p.quick()
	if !o.quick {
		steps = slices.Concat(p.throughput(), p.latency(), p.connections(o.full), p.fears())
	}
	wanted, err := regexp.Compile(o.rows)
	if err != nil {
		return nil, fmt.Errorf("-rows: %w", err)
	}
	steps = slices.DeleteFunc(steps, func(s step) bool { return !wanted.MatchString(s.title) })
	if len(steps) == 0 {
		return nil, fmt.Errorf("-rows: no title matches %q", o.rows)
	}
	return steps, nil
}

// traffic is a step of a command with traffic.
func (p planner) traffic(title, command string, args ...string) step {
	return step{title: title, names: trafficNames, args: append([]string{
		command, "-duration", p.length.String(), "-warmup", p.warm.String()}, args...)}
}

func (s step) on(names ...string) step { s.only = names; return s }

// own gives a step servers of its own that know this many components.
func (s step) own(names int) step { s.names, s.fresh = names, true; return s }

func (s step) routed() step { s.route = true; return s }

func (p planner) quick() []step {
	return []step{p.pairs16(), p.mix16(), p.oneUnderWay(16), idle(1000)}
}

func (p planner) pairs16() step {
	return p.traffic("16 pairs, 180 bytes, window 64", "forward", "-pairs", "16", "-size", "180", "-window", "64").on(withRings...)
}

func (p planner) mix16() step {
	return p.traffic("16 pairs, mix, window 64", "forward", "-pairs", "16", "-window", "64")
}

func (p planner) oneUnderWay(pairs int) step {
	return p.traffic(fmt.Sprintf("%s, 180 bytes, one under way", plural(pairs)), "latency", "-pairs", strconv.Itoa(pairs), "-size", "180").on(withRings...)
}

func plural(pairs int) string {
	if pairs == 1 {
		return "1 pair"
	}
	return fmt.Sprintf("%d pairs", pairs)
}

func (p planner) throughput() []step {
	secure := p.traffic("16 pairs, 180 bytes, window 64, TLS", "forward", "-pairs", "16", "-size", "180", "-window", "64", "-tls").own(trafficNames)
	secure.tls = true
	return []step{
		p.pairs16(), p.mix16(),
		p.traffic("16 pairs, 600 bytes, window 1024", "forward", "-pairs", "16", "-size", "600", "-window", "1024").on(withRings...),
		p.traffic("256 pairs, 180 bytes, window 64", "forward", "-pairs", "256", "-size", "180", "-window", "64").own(512),
		p.traffic("1 pair, 180 bytes, window 64", "forward", "-pairs", "1", "-size", "180", "-window", "64"),
		p.traffic("1,000 to 1, 180 bytes, window 8", "forward", "-pattern", "fan-in", "-pairs", "1000", "-size", "180", "-window", "8").own(1001).routed(),
		p.traffic("1 to 1,000, 180 bytes, window 8", "forward", "-pattern", "fan-out", "-pairs", "1000", "-size", "180", "-window", "8").own(1001).routed(),
		p.traffic("all to all, 64 components, 180 bytes, window 4", "forward", "-pattern", "all-to-all", "-pairs", "64", "-size", "180", "-window", "4").own(64).routed(),
		secure,
	}
}

func (p planner) latency() []step {
	steps := []step{p.oneUnderWay(1), p.oneUnderWay(16)}
	for _, rate := range []float64{5000, 20000, 100000, 500000} {
		s := p.traffic(fmt.Sprintf("16 pairs, 180 bytes, %s/s on schedule", thousands(rate)),
			"latency", "-pairs", "16", "-size", "180", "-rate", strconv.FormatFloat(rate, 'f', -1, 64))
		s.rate = rate
		steps = append(steps, s)
	}
	return steps
}

func thousands(n float64) string { return fmt.Sprintf("%.0f,000", n/1000) }

func idle(n int) step {
	return step{
		title: fmt.Sprintf("%s idle connections", thousands(float64(n))), names: n, fresh: true, prove: true, once: true, files: n + 100,
		args: []string{"idle", "-n", strconv.Itoa(n), "-parallel", "8", "-duration", "2s"},
	}
}

func (p planner) connections(full bool) []step {
	connects := p.traffic("connects, 64 at once", "connect", "-parallel", "64").own(64)
	connects.prove = true
	steps := []step{connects, idle(1000), idle(10000).on("weir", "ejabberd", "jabberd2")}
	if full {
		steps = append(steps, idle(100000).on("weir"))
	}
	return steps
}

// fears are the rows of what users fear. They have their own times, and one round
// tells what they have to tell.
func (p planner) fears() []step {
	slow := fear("4 pairs, 180 bytes, and a receiver that stops reading", trafficNames,
		"slow", "-pairs", "4", "-size", "180", "-window", "16", "-duration", "6s")
	storm := fear("4 pairs at 2,000/s, and 1,000 components that come back at once", 1008,
		"storm", "-pairs", "4", "-size", "180", "-crowd", "1000", "-within", "30s", "-duration", "6s").routed()
	storm.prove = true
	restart := fear("16 pairs, 180 bytes, window 64, and a restart", trafficNames,
		"restart", "-pairs", "16", "-size", "180", "-window", "64", "-within", "60s", "-duration", "6s").routed()
	restart.restart = true
	hostile := fear("4 pairs at 2,000/s, and 100 malformed streams a second", 8+64,
		"hostile", "-pairs", "4", "-size", "180", "-streams", "100", "-duration", "6s").routed()
	return []step{slow, storm, restart, hostile}
}

func fear(title string, names int, args ...string) step {
	return step{title: title, names: names, fresh: true, once: true, args: append(args, "-warmup", "500ms")}
}
