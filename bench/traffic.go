// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
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
	names, flows, err := o.plan()
	if err != nil {
		return nil, err
	}
	addr, err := client.Resolve(ctx, o.Addr)
	if err != nil {
		return nil, err
	}
	var second netip.AddrPort
	if o.Second != "" {
		if second, err = client.Resolve(ctx, o.Second); err != nil {
			return nil, err
		}
	}
	fleet, err := client.New(client.Config{
		Addr: addr, Second: second, Secret: o.Secret, TLS: o.TLS, Threads: o.Threads, Parallel: 1,
		Window: o.Window, Burst: o.Burst, Rate: o.Rate,
	}, names, flows)
	if err != nil {
		return nil, err
	}
	course := course{fleet: fleet, say: say, pids: o.PIDs}
	if err := course.open(ctx); err != nil {
		fleet.Close()
		return nil, err
	}
	fleet.Run()
	if err := course.warm(ctx, o.Warmup); err == nil {
		err = course.measure(ctx, o.Duration, r)
		if err != nil {
			fleet.Close()
			return nil, err
		}
	}
	r.Interrupted = ctx.Err() != nil
	o.drain(ctx, fleet, say)
	r.take(fleet.Sum())
	r.perMillion(r.Delivered)
	return r, nil
}

// drain ends a run. What is under way has its time even if the run was cut short:
// otherwise it would be taken for lost.
func (o *Options) drain(ctx context.Context, fleet *client.Fleet, say Reporter) {
	say.Stage("drain", 0)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.DrainTimeout)
	defer cancel()
	fleet.Drain(ctx)
	fleet.Close()
	say.Done()
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

// course watches a fleet while it runs.
type course struct {
	fleet *client.Fleet
	say   Reporter
	pids  []int
}

// sampleEvery is how often a run is looked at; the timeline has at most
// timelineMax points.
const (
	sampleEvery = 100 * time.Millisecond
	timelineMax = 400
)

// open connects everything, and shows how far it is.
func (c *course) open(ctx context.Context) error {
	c.say.Stage("open", 0)
	opened := make(chan struct{})
	var shown sync.WaitGroup
	shown.Go(func() {
		began := time.Now()
		for {
			c.say.Update(time.Since(began), c.fleet.Progress())
			select {
			case <-opened:
				return
			case <-time.After(sampleEvery):
			}
		}
	})
	err := c.fleet.Open(ctx)
	close(opened)
	shown.Wait()
	return err
}

// warm lets the traffic run without counting it.
func (c *course) warm(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return ctx.Err()
	}
	c.say.Stage("warm up", d)
	return c.watch(ctx, d, func(time.Duration, client.Progress) {})
}

// measure is the part that counts.
func (c *course) measure(ctx context.Context, d time.Duration, r *Result) error {
	before, err := usageOf(c.pids)
	if err != nil {
		return err
	}
	own, kernel := ownCPU(), kernelNow()
	c.fleet.Measure(true)
	c.say.Stage("measure", d)
	every := max(sampleEvery, d/timelineMax)
	var last client.Progress
	var lastAt time.Duration
	base := c.fleet.Progress()
	last = base
	_ = c.watch(ctx, d, func(at time.Duration, p client.Progress) {
		if at-lastAt < every {
			return
		}
		rss, _ := usageOf(c.pids)
		r.Timeline = append(r.Timeline, Point{
			At: at.Seconds(), RSS: rss.RSS,
			PerSecond: float64(p.Delivered-last.Delivered) / (at - lastAt).Seconds(),
		})
		last, lastAt = p, at
	})
	c.fleet.Measure(false)
	r.ToolUse.CPU = (ownCPU() - own).Seconds()
	r.Kernel = kernelNow().since(kernel)
	if len(c.pids) == 0 {
		return nil
	}
	after, err := usageOf(c.pids)
	if err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("the server's use is not known: %v", err))
		return nil
	}
	r.ServerUse = &Use{CPU: (after.CPU - before.CPU).Seconds(), RSS: after.RSS, PeakRSS: after.PeakRSS}
	return nil
}

// watch shows the progress for a time, and ends early when nothing is connected
// any more.
func (c *course) watch(ctx context.Context, d time.Duration, sample func(time.Duration, client.Progress)) error {
	began := time.Now()
	c.say.Update(0, c.fleet.Progress())
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return nil
		case <-tick.C:
			p := c.fleet.Progress()
			at := time.Since(began)
			sample(at, p)
			c.say.Update(at, p)
			if p.Alive == 0 {
				return nil
			}
		}
	}
}
