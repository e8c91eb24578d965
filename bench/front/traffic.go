// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"weir/bench"
	"weir/bench/peers"
)

// pace is how long and how often things are measured.
type pace struct {
	rounds       int
	warm, length time.Duration
}

// scenario is one way to load a server.
type scenario struct {
	title string
	drive func(context.Context, bench.Options, bench.Reporter) (*bench.Result, error)
	load  bench.Options
}

var (
	full  = scenario{"16 pairs, 180 bytes, window 64", bench.Forward, bench.Options{Pairs: 16, Size: 180, Window: 64}}
	quiet = scenario{"1 pair, 180 bytes, 1,000/s on schedule", bench.Latency, bench.Options{Pairs: 1, Size: 180, Rate: 1000}}
)

// meter runs scenarios and keeps what they found.
type meter struct {
	pace pace
	set  *bench.Set
	say  func(string)
}

// rounds runs a scenario without weir and with it, turn about.
func (m *meter) rounds(ctx context.Context, p pair, s scenario) (direct, through []*bench.Result, err error) {
	all, err := m.turns(ctx, s, p.direct(), p.through())
	if err != nil {
		return nil, nil, err
	}
	return all[0], all[1], nil
}

// turns runs a scenario at each target in turn, and gives each one's results.
func (m *meter) turns(ctx context.Context, s scenario, targets ...bench.Target) ([][]*bench.Result, error) {
	all := make([][]*bench.Result, len(targets))
	for range m.pace.rounds {
		for i, t := range targets {
			r, err := m.run(ctx, t, s)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], r)
		}
	}
	return all, nil
}

func (m *meter) run(ctx context.Context, t bench.Target, s scenario) (*bench.Result, error) {
	m.say(fmt.Sprintf("%s: %s", t.Label, s.title))
	o := s.load
	o.Target, o.Warmup, o.Duration = t, m.pace.warm, m.pace.length
	r, err := s.drive(ctx, o, bench.Quiet{})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %s: %w", t.Label, s.title, err)
	case r.Interrupted:
		return nil, context.Canceled
	case r.Errors.Sum() > 0:
		return nil, fmt.Errorf("%s: %s: %v %q", t.Label, s.title, r.Errors, r.Notes)
	}
	r.Title = s.title
	m.set.Runs = append(m.set.Runs, r)
	return r, nil
}

// rate is what of a server's rate is reached through weir.
func (m *meter) rate(ctx context.Context, p pair, wanted float64) (*bench.Goal, error) {
	direct, through, err := m.rounds(ctx, p, full)
	if err != nil {
		return nil, err
	}
	g := &bench.Goal{What: "rate through weir, of that without, " + p.behind.Name, Unit: "%", Wanted: wanted, AtLeast: true}
	for i := range direct {
		g.Rounds = append(g.Rounds, 100*through[i].PerSecond/direct[i].PerSecond)
	}
	perSecond := func(r *bench.Result) float64 { return r.PerSecond }
	g.Detail = fmt.Sprintf("%.0f/s of %.0f/s", median(through, perSecond), median(direct, perSecond))
	return g.Settle(), nil
}

// addedMicros is how much longer half of the stanzas take at most.
const addedMicros = 60

// added is that of weir, and of HAProxy where it is installed: of weir's, so much
// is any proxy's.
func (m *meter) added(ctx context.Context, p pair) ([]*bench.Goal, error) {
	targets := []bench.Target{p.direct(), p.through()}
	if p.floor != nil {
		targets = append(targets, p.past())
	}
	all, err := m.turns(ctx, quiet, targets...)
	if err != nil {
		return nil, err
	}
	goals := []*bench.Goal{added("added latency, p50, "+p.behind.Name, all[0], all[1])}
	if p.floor != nil {
		floor := added("the same by HAProxy, which reads no XML", all[0], all[2])
		floor.Floor = true
		goals = append(goals, floor)
	}
	return goals, nil
}

func added(what string, direct, through []*bench.Result) *bench.Goal {
	p50 := func(r *bench.Result) float64 { return float64(r.Latency.P50) / 1e3 }
	g := &bench.Goal{What: what, Unit: "us", Wanted: addedMicros}
	for i := range direct {
		g.Rounds = append(g.Rounds, p50(through[i])-p50(direct[i]))
	}
	g.Detail = fmt.Sprintf("%.0f us and %.0f us", median(through, p50), median(direct, p50))
	return g.Settle()
}

// chainHops is the processor time of two weirs in a row, in that of one.
const chainHops = 2.2

func (m *meter) chain(ctx context.Context, s *site) (*bench.Goal, error) {
	p, err := s.pair(ctx, peers.Weir(s.weir))
	if err != nil {
		return nil, err
	}
	one, two, err := m.rounds(ctx, p, full)
	if err != nil {
		return nil, err
	}
	cpu := func(r *bench.Result) float64 { return r.ServerUse.PerMillion }
	g := &bench.Goal{What: "processor time of weir to weir, of one weir's", Unit: "x", Wanted: chainHops}
	for i := range one {
		g.Rounds = append(g.Rounds, cpu(two[i])/cpu(one[i]))
	}
	g.Detail = fmt.Sprintf("%.3g s and %.3g s a million", median(two, cpu), median(one, cpu))
	return g.Settle(), s.stop()
}

func median(all []*bench.Result, of func(*bench.Result) float64) float64 {
	var v []float64
	for _, r := range all {
		v = append(v, of(r))
	}
	return bench.Median(v)
}
