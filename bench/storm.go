// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"time"

	"weir/bench/client"
)

// Storm is what happened when many components were cut off at once and came back.
type Storm struct {
	Components int           `json:"components"`
	Back       float64       `json:"back_seconds"` // until all were
	Missing    int           `json:"missing"`      // were not, in the time they had
	Retries    uint64        `json:"retries"`      // attempts that failed
	Away       *Distribution `json:"away"`         // how long each was
	Before     Stretch       `json:"before"`       // the good pairs before the cut,
	During     Stretch       `json:"during"`       // in the second behind it, or until all were back if that took longer,
	After      Stretch       `json:"after"`        // and then
}

// stormRate is the default rate of the good pairs: high enough for a 99th
// percentile of a second, low enough for every server to carry.
const stormRate = 2000

// StormLines are what a server is held to by default: components have users who
// wait, and on a small machine the tool's own connects take their part.
var StormLines = Lines{P99: 50 * time.Millisecond, Within: 10 * time.Second}

// Reconnect measures a reconnect storm: crowd components beside the good pairs
// are cut off at once, without a word, and all come back at once. They have no
// traffic of their own but prove at the end that they are back.
func Reconnect(ctx context.Context, o Options, crowd int, say Reporter) (*Result, error) {
	o.fill()
	o.redial, o.Pattern = true, Pairs
	if o.Rate == 0 {
		o.Rate = stormRate
	}
	o.Lines.fill(StormLines)
	r := o.newResult("storm")
	r.Params.Crowd = crowd
	cast, err := o.plan(crowd)
	if err != nil {
		return nil, err
	}
	fleet, err := o.fleet(ctx, client.Config{
		Rate: o.Rate, Burst: o.Burst, Redial: true, Apart: 2 * o.Pairs, Kind: fromFlow(o.Pairs),
	}, cast)
	if err != nil {
		return nil, err
	}
	course := o.course(fleet, say, r)
	course.ups = true
	if err := course.run(ctx, o.Warmup); err != nil {
		return nil, err
	}
	course.period(ctx, "before", o.Duration/3)
	dropped := ctx.Err() == nil
	if dropped {
		fleet.Drop(2 * o.Pairs)
		course.until(ctx, "storm", o.Lines.Within, func(at time.Duration, p client.Progress) bool {
			return at >= stormLeast && p.Up == len(cast.names)
		})
	}
	missing := len(cast.names) - fleet.Progress().Up
	course.period(ctx, "after", o.Duration/3)
	course.end(ctx)
	t := fleet.Sum()
	r.take(t)
	r.perMillion(r.Delivered)
	r.Errors.Broken += t.Broken // by the server: what we cut ourselves is not in it
	r.Proof = o.proofOf(t)
	if dropped {
		r.Storm = &Storm{
			Components: crowd, Missing: missing, Retries: t.Retries, Away: latencyOf(t.Returns),
			Before: stretchOf(t, 0), During: stretchOf(t, 1), After: stretchOf(t, 2),
		}
		r.judgeStorm(o.Lines)
	}
	return r, nil
}

// stormLeast is how long a storm counts as one, even if all are back before.
const stormLeast = time.Second

// judgeStorm holds the run against its lines.
func (r *Result) judgeStorm(lines Lines) {
	s := r.Storm
	if s.Missing == 0 && s.Away != nil {
		s.Back = time.Duration(s.Away.Max).Seconds()
	}
	if r.Interrupted {
		return
	}
	r.checkErrors("the good pairs have no errors")
	within := lines.Within.Seconds()
	r.check(s.Missing == 0 && s.Back <= within, "all %s are back within %g s: %s", grouped(int64(s.Components)), within, s.outcome())
	r.checkP99(lines, s.Before, s.During)
}

func (s *Storm) outcome() string {
	if s.Missing > 0 {
		return fmt.Sprintf("%s are not", grouped(int64(s.Missing)))
	}
	return short(time.Duration(s.Back * float64(time.Second)))
}

func (s *Storm) print(row func(name, format string, args ...any)) {
	if a := s.Away; a != nil {
		row("away", "p50 %s  p99 %s  max %s; %s attempts failed", short(time.Duration(a.P50)), short(time.Duration(a.P99)),
			short(time.Duration(a.Max)), grouped(int64(s.Retries)))
	}
	if s.Missing > 0 {
		row("not back", "%s of %s", grouped(int64(s.Missing)), grouped(int64(s.Components)))
	}
	row("good before", "%s", s.Before)
	row("good meanwhile", "%s", s.During)
}
