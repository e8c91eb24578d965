// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"time"

	"weir/bench/client"
)

// Forward measures how many stanzas a second a server passes on when the senders
// keep their windows full.
func Forward(ctx context.Context, o Options, say Reporter) (*Result, error) {
	o.Rate = 0
	return load(ctx, "forward", o, say)
}

// Latency measures how long stanzas take: sent on a schedule and counted from
// the time they were meant to be sent at, or, without a rate, one of each flow
// under way.
func Latency(ctx context.Context, o Options, say Reporter) (*Result, error) {
	if o.Rate == 0 {
		o.Window = 1
	}
	return load(ctx, "latency", o, say)
}

// Soak is mixed traffic in both directions, for long.
func Soak(ctx context.Context, o Options, say Reporter) (*Result, error) {
	if o.Pattern == "" {
		o.Pattern = Both
	}
	if o.Window == 0 {
		o.Window = 16
	}
	return load(ctx, "soak", o, say)
}

// load runs traffic: opens, warms up, measures, drains, closes, sums up. It gives
// a result also when it was cut short, by the context or by the server.
func load(ctx context.Context, scenario string, o Options, say Reporter) (*Result, error) {
	o.fill()
	r := o.newResult(scenario)
	cast, err := o.plan(0)
	if err != nil {
		return nil, err
	}
	fleet, err := o.fleet(ctx, client.Config{Window: o.Window, Burst: o.Burst, Rate: o.Rate}, cast)
	if err != nil {
		return nil, err
	}
	course := o.course(fleet, say, r)
	if err := course.run(ctx, o.Warmup); err != nil {
		return nil, err
	}
	course.period(ctx, "measure", o.Duration)
	course.end(ctx)
	r.take(fleet.Sum())
	r.perMillion(r.Delivered)
	return r, nil
}

func (o *Options) newResult(scenario string) *Result {
	return &Result{
		Format: resultFormat, Scenario: scenario, Server: o.Label,
		Began: time.Now().UTC().Truncate(time.Second), Machine: ThisMachine(),
		Params: Params{
			Pattern: o.Pattern, Pairs: o.Pairs, Size: o.Size, Shapes: len(o.Mix), Window: o.Window, Burst: o.Burst,
			Rate: o.Rate, TLS: o.TLS != nil, Threads: o.Threads, Seconds: o.Duration.Seconds(), Warmup: o.Warmup.Seconds(),
		},
	}
}
