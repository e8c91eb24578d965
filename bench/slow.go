// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"

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
	Lost      uint64  `json:"lost"`              // neither
	Cut       bool    `json:"cut,omitempty"`     // its connection was, and held what is lost
	Growth    int64   `json:"growth"`            // of the server's resident memory, bytes
}

// SlowLines are the usual ones of StopReading.
var SlowLines = Lines{Keep: 0.5, Growth: 64 << 20}

// StopReading measures what one receiver that stops reading, while its sender
// floods it, costs the other pairs and the server. For a third of the time all is
// well; then it stops, and reads again only at the end. That its connection is
// ended, or its sender answered with errors, is no error.
func StopReading(ctx context.Context, o Options, say Reporter) (*Result, error) {
	o.fill()
	o.Rate, o.Pattern, o.flood, o.Prove = 0, Pairs, true, false
	o.Pairs++ // the last pair is the bad one
	r := o.newResult("slow")
	o.Lines.fill(SlowLines)
	cast, err := o.plan(0)
	if err != nil {
		return nil, err
	}
	bad := cast.flows[len(cast.flows)-1]
	fleet, err := o.fleet(ctx, client.Config{Window: o.Window, Kind: func(f *traffic.Flow) client.LaneKind {
		if f == bad {
			return client.Flood
		}
		return client.Usual
	}}, cast)
	if err != nil {
		return nil, err
	}
	course := o.course(fleet, say, r)
	if err := course.run(ctx, o.Warmup); err != nil {
		return nil, err
	}
	course.period(ctx, "before", o.Duration/3)
	flooded := ctx.Err() == nil
	if flooded {
		fleet.Flood()
		course.period(ctx, "deaf", o.Duration-o.Duration/3)
	}
	course.end(ctx)
	t := fleet.Sum()
	r.take(t)
	r.perMillion(r.Delivered)
	if flooded {
		r.Slow = slowOf(r, t, course.before.RSS)
		r.judgeSlow(o.Lines, len(o.PIDs) > 0)
	}
	return r, nil
}

// slowOf sums up the run: the good pairs before and after the flood began, and the
// bad one.
func slowOf(r *Result, t client.Totals, rss int64) *Slow {
	s := &Slow{Sent: t.Flood.Sent, Delivered: t.Flood.Delivered, Answered: t.Flood.Answered, Lost: t.Flood.Lost, Cut: t.Drowned > 0}
	s.Before, s.During = stretchOf(t, 0).PerSecond, stretchOf(t, 1).PerSecond
	for _, p := range r.Timeline {
		s.Growth = max(s.Growth, p.RSS-rss)
	}
	return s
}

// judgeSlow holds the run against its lines.
func (r *Result) judgeSlow(lines Lines, memory bool) {
	if r.Interrupted {
		return
	}
	r.checkErrors("the good pairs have no errors")
	r.checkKeep(lines, r.Slow.Before, r.Slow.During)
	r.check(r.Slow.Lost == 0 || r.Slow.Cut, "what that receiver was sent arrives, is answered, or ends with its connection: %s lost",
		grouped(int64(r.Slow.Lost)))
	if memory {
		r.check(r.Slow.Growth <= lines.Growth, "the server grows by at most %.0f MiB: %.1f MiB", mib(lines.Growth), mib(r.Slow.Growth))
	}
}

func (s *Slow) print(row func(name, format string, args ...any)) {
	row("good pairs", "%s/s before, %s/s while one receiver does not read", grouped(int64(s.Before)), grouped(int64(s.During)))
	with := ""
	if s.Cut {
		with = " with its connection"
	}
	row("to that receiver", "%s sent, %s delivered at the end, %s answered with errors, %s lost"+with,
		grouped(int64(s.Sent)), grouped(int64(s.Delivered)), grouped(int64(s.Answered)), grouped(int64(s.Lost)))
}
