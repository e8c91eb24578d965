// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"time"

	"weir/bench/client"
	"weir/bench/traffic"
)

// Slow is what a receiver did that stopped reading.
type Slow struct {
	Before    float64 `json:"before_per_second"` // of the good pairs, before it stopped
	During    float64 `json:"during_per_second"` // of the good pairs, while it did not read
	Sent      uint64  `json:"sent"`              // to it
	Delivered uint64  `json:"delivered"`         // once it read again
	Answered  uint64  `json:"answered"`          // with an error
	Lost      uint64  `json:"lost"`              // neither; what a broken connection held
	Growth    int64   `json:"growth"`            // of the server's resident memory, bytes
}

// Check is one line by which a scenario passes or fails.
type Check struct {
	What string `json:"what"`
	Pass bool   `json:"pass"`
}

// The lines by which a server passes.
const (
	// slowKeep is what the good pairs must keep of their rate: the flood takes some
	// processor time until it is held.
	slowKeep = 0.5
	// slowGrowth is how much more memory one receiver may cost.
	slowGrowth = 64 << 20
)

// StopReading measures what one receiver that stops reading, while its sender
// floods it, costs the other pairs and the server. For a third of the time all is
// well; then it stops, and reads again only at the end.
func StopReading(ctx context.Context, o Options, say Reporter) (*Result, error) {
	o.fill()
	o.Rate, o.Pattern = 0, Pairs
	o.Pairs++ // the last pair is the bad one
	r := o.newResult("slow")
	names, flows, err := o.plan()
	if err != nil {
		return nil, err
	}
	addr, err := client.Resolve(ctx, o.Addr)
	if err != nil {
		return nil, err
	}
	bad := flows[len(flows)-1]
	fleet, err := client.New(client.Config{
		Addr: addr, Secret: o.Secret, TLS: o.TLS, Threads: o.Threads, Window: o.Window,
		Flood: func(f *traffic.Flow) bool { return f == bad },
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
	_ = course.warm(ctx, o.Warmup)
	before, err := usageOf(o.PIDs)
	if err == nil {
		flood := time.AfterFunc(o.Duration/3, fleet.Flood)
		err = course.measure(ctx, o.Duration, r)
		flood.Stop()
	}
	if err != nil {
		fleet.Close()
		return nil, err
	}
	r.Interrupted = ctx.Err() != nil
	o.drain(ctx, fleet, say)
	t := fleet.Sum()
	r.take(t)
	r.perMillion(r.Delivered)
	r.Slow = slowOf(r, t, before.RSS, o.Duration/3)
	r.judgeSlow(t, len(o.PIDs) > 0)
	return r, nil
}

// slowOf sums up the course before and after the flood began.
func slowOf(r *Result, t client.Totals, rss int64, began time.Duration) *Slow {
	s := &Slow{Sent: t.Flood.Sent, Delivered: t.Flood.Delivered, Answered: t.Flood.Answered, Lost: t.Flood.Lost}
	var sum [2]float64
	var n [2]float64
	for _, p := range r.Timeline {
		part := 0
		if p.At > began.Seconds() {
			part = 1
		}
		sum[part] += p.PerSecond
		n[part]++
		s.Growth = max(s.Growth, p.RSS-rss)
	}
	s.Before, s.During = sum[0]/max(n[0], 1), sum[1]/max(n[1], 1)
	return s
}

// judgeSlow holds the run against its lines. That the bad receiver's connection
// was ended, or its sender answered with errors, is no fault.
func (r *Result) judgeSlow(t client.Totals, memory bool) {
	e := &r.Errors
	e.Answered = t.Answered
	e.Broken = 0
	r.check(e.Sum() == 0, "the good pairs have no errors")
	r.check(r.Slow.During >= slowKeep*r.Slow.Before, "the good pairs keep %.0f %% of their rate: %.0f %%",
		slowKeep*100, 100*r.Slow.During/max(r.Slow.Before, 1))
	if memory {
		r.check(r.Slow.Growth <= slowGrowth, "the server grows by at most %.0f MiB: %.1f MiB", mib(slowGrowth), mib(r.Slow.Growth))
	}
}

func (r *Result) check(pass bool, format string, args ...any) {
	r.Checks = append(r.Checks, Check{fmt.Sprintf(format, args...), pass})
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

func (s *Slow) print(row func(name, format string, args ...any)) {
	row("good pairs", "%s/s before, %s/s while one receiver does not read", grouped(int64(s.Before)), grouped(int64(s.During)))
	row("to that receiver", "%s sent, %s delivered at the end, %s answered with errors, %s lost with its connection",
		grouped(int64(s.Sent)), grouped(int64(s.Delivered)), grouped(int64(s.Answered)), grouped(int64(s.Lost)))
}
