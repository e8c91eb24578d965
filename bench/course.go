// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"weir/bench/client"
)

// connections is what a course watches: a client.Fleet, or several processes with
// one each.
type connections interface {
	Open(context.Context) error
	Run()
	Measure(period int)
	Prove(context.Context)
	Drain(context.Context)
	Close()
	Sum() client.Totals
	Progress() client.Progress
}

// course is a run from the opening of its connections to their end: it shows the
// progress, and takes the figures of the parts that are measured.
type course struct {
	fleet connections
	say   Reporter
	o     *Options
	r     *Result
	pids  []int
	spent func() time.Duration // by other processes of this tool
	tick  time.Duration        // how often it is looked whether a period is over
	ups   bool                 // the timeline says how many connections are up

	periods  int
	began    time.Time // of the measured part
	every    time.Duration
	before   Usage
	own      time.Duration
	kernel   Kernel
	sampled  client.Progress
	sampleAt time.Duration
}

// sampleEvery is how often a run is looked at if nothing else is said; the timeline has at most
// timelineMax points.
const (
	sampleEvery = 100 * time.Millisecond
	timelineMax = 400
)

// spreadTime is how long it may take until one server knows who has connected to another of the same cluster: what is sent
// to him earlier is answered that he is not there.
const spreadTime = 500 * time.Millisecond

func (o *Options) course(fleet connections, say Reporter, r *Result) *course {
	return &course{
		fleet: fleet, say: say, o: o, r: r, pids: o.PIDs,
		tick: sampleEvery, every: max(sampleEvery, o.Duration/timelineMax), spent: func() time.Duration { return 0 },
	}
}

// run opens everything, lets the traffic run for a while without counting it, and
// begins to measure. An interrupt meanwhile is no error: nothing is measured then.
func (c *course) run(ctx context.Context, warmup time.Duration) error {
	if err := c.open(ctx); err != nil {
		c.fleet.Close()
		return err
	}
	if c.o.Second != "" {
		select {
		case <-time.After(spreadTime):
		case <-ctx.Done():
		}
	}
	c.fleet.Run()
	c.warmUp(ctx, warmup)
	if err := c.measure(); err != nil {
		c.fleet.Close()
		return err
	}
	return nil
}

// warmUp lets pass what is not measured.
func (c *course) warmUp(ctx context.Context, d time.Duration) {
	if d > 0 {
		c.say.Stage("warm up", d)
		c.watch(ctx, d, func(time.Duration, client.Progress) bool { return false })
	}
}

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
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted when %s connections were up, before anything was measured", grouped(int64(c.fleet.Progress().Up)))
	}
	return err
}

// measure notes what there is before the first period.
func (c *course) measure() (err error) {
	if c.before, err = usageOf(c.pids); err != nil {
		return err
	}
	c.own, c.kernel = ownCPU()+c.spent(), kernelNow()
	c.began = time.Now()
	c.sampled = c.fleet.Progress()
	return nil
}

// period measures for a time, or until something has happened.
func (c *course) period(ctx context.Context, name string, d time.Duration) {
	c.until(ctx, name, d, func(time.Duration, client.Progress) bool { return false })
}

// until measures nothing after an interrupt: a part that did not run has no figures.
func (c *course) until(ctx context.Context, name string, d time.Duration, over func(time.Duration, client.Progress) bool) {
	if ctx.Err() != nil {
		return
	}
	c.periods++
	c.fleet.Measure(c.periods)
	c.say.Stage(name, d)
	c.watch(ctx, d, func(at time.Duration, p client.Progress) bool {
		c.sample(p)
		return over(at, p)
	})
}

// sample adds a point to the course of the run.
func (c *course) sample(p client.Progress) {
	at := time.Since(c.began)
	if at-c.sampleAt < c.every {
		return
	}
	rss, _ := usageOf(c.pids)
	point := Point{At: at.Seconds(), RSS: rss.RSS, PerSecond: float64(p.Delivered-c.sampled.Delivered) / (at - c.sampleAt).Seconds()}
	if c.ups {
		point.Up = p.Up
	}
	c.r.Timeline = append(c.r.Timeline, point)
	c.sampled, c.sampleAt = p, at
}

// finish ends the measured part.
func (c *course) finish(ctx context.Context) {
	c.fleet.Measure(0)
	c.r.Interrupted = ctx.Err() != nil
	c.r.ToolUse.CPU = (ownCPU() + c.spent() - c.own).Seconds()
	c.r.Kernel = kernelNow().since(c.kernel)
	if len(c.pids) == 0 {
		return
	}
	after, err := usageOf(c.pids)
	if err != nil {
		c.r.Notes = append(c.r.Notes, fmt.Sprintf("the server's use is not known: %v", err))
		return
	}
	c.r.ServerUse = &Use{CPU: (after.CPU - c.before.CPU).Seconds(), RSS: after.RSS, PeakRSS: after.PeakRSS}
}

// end ends the measured part and the run: who has no traffic proves itself, what
// is under way arrives. Both have their time even if the run was cut short:
// otherwise it would be taken for lost.
func (c *course) end(ctx context.Context) {
	c.finish(ctx)
	ctx = context.WithoutCancel(ctx)
	if c.o.Prove {
		c.settle(ctx, "prove", c.fleet.Prove)
	}
	c.settle(ctx, "drain", c.fleet.Drain)
	c.fleet.Close()
	c.say.Done()
}

func (c *course) settle(ctx context.Context, stage string, wait func(context.Context)) {
	c.say.Stage(stage, 0)
	ctx, cancel := context.WithTimeout(ctx, c.o.DrainTimeout)
	defer cancel()
	wait(ctx)
}

// watch shows the progress for a time. It ends early when it is over, and when
// nothing is connected any more that does not come back.
func (c *course) watch(ctx context.Context, d time.Duration, over func(time.Duration, client.Progress) bool) {
	began := time.Now()
	c.say.Update(0, c.fleet.Progress())
	tick := time.NewTicker(c.tick)
	defer tick.Stop()
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-end.C:
			return
		case <-tick.C:
			p := c.fleet.Progress()
			at := time.Since(began)
			c.say.Update(at, p)
			if over(at, p) || p.Alive == 0 && !c.o.redial {
				return
			}
		}
	}
}
