// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"time"

	"weir/bench/client"
)

// Restart is what a restart of the server did to its traffic.
type Restart struct {
	How     string  `json:"how"`
	Cut     uint64  `json:"cut"`           // connections
	Missing int     `json:"missing"`       // of them were not back in time
	Whole   float64 `json:"whole_seconds"` // from the order until every flow delivered again
	// Unfinished says that they did not, until it was given up or interrupted; Whole is
	// how long that was.
	Unfinished bool    `json:"unfinished,omitempty"`
	Silence    float64 `json:"silence"`  // the longest meanwhile in which nothing arrived
	Retries    uint64  `json:"retries"`  // attempts to connect that failed
	Lost       uint64  `json:"lost"`     // of what was under way: neither delivered nor answered
	Answered   uint64  `json:"answered"` // with an error, meanwhile
	Before     Stretch `json:"before"`
	During     Stretch `json:"during"`
	After      Stretch `json:"after"`
}

// Restarter restarts the server under test.
type Restarter struct {
	How string                      // for the result
	Do  func(context.Context) error // begins the restart; it need not wait for its end
}

// RestartLines: ejabberd alone takes several seconds to start.
var RestartLines = Lines{Keep: 0.5, Within: 30 * time.Second}

const (
	// restartLeast is how long a restart is watched that cuts no connection, or has
	// not cut one yet: some servers say goodbye first.
	restartLeast = 5 * time.Second
	// restartLook is the precision of the time until all is whole.
	restartLook = 2 * time.Millisecond
)

// Restarted measures a restart of the server under traffic: a third of the time
// before it, then until the traffic is whole again, then a third after it. All
// that is cut comes back as soon as the server takes it. Losing what was under way
// is no error, since XEP-0114 knows no acknowledgements; losing anything that was
// sent later is, and so is delivering twice, ever.
func Restarted(ctx context.Context, o Options, how Restarter, say Reporter) (*Result, error) {
	o.fill()
	o.redial, o.Prove, o.Rate = true, false, 0
	o.Lines.fill(RestartLines)
	r := o.newResult("restart")
	cast, err := o.plan(0)
	if err != nil {
		return nil, err
	}
	fleet, err := o.fleet(ctx, client.Config{Window: o.Window, Burst: o.Burst, Redial: true}, cast)
	if err != nil {
		return nil, err
	}
	course := o.course(fleet, say, r)
	course.tick, course.ups = restartLook, true
	course.pids = nil // they end
	if err := course.run(ctx, o.Warmup); err != nil {
		return nil, err
	}
	course.period(ctx, "before", o.Duration/3)
	w := restartWatch{connections: len(cast.names), before: fleet.Progress()}
	ordered := ctx.Err() == nil
	if ordered {
		if err := how.Do(ctx); err != nil {
			fleet.Close()
			return nil, fmt.Errorf("restart: %w", err)
		}
		course.until(ctx, "restart", o.Lines.Within, w.over)
	}
	w.after = fleet.Progress()
	course.period(ctx, "after", o.Duration/3)
	course.end(ctx)
	t := fleet.Sum()
	r.take(t)
	r.perMillion(r.Delivered)
	if ordered {
		r.Restart = w.restart(how, t)
		r.judgeRestart(o.Lines, t)
	} else {
		r.Errors.Broken += t.Broken
	}
	return r, nil
}

// restartWatch sees when the traffic is whole.
type restartWatch struct {
	connections   int
	before, after client.Progress
	cut           bool          // something was cut
	broken        time.Duration // when it was last seen not to be whole
	whole         bool          // it was seen to be again
}

func (w *restartWatch) over(at time.Duration, p client.Progress) bool {
	if p.Up < w.connections || p.Cut > 0 {
		w.cut, w.broken = true, at
		return false
	}
	w.whole = w.cut || at >= restartLeast
	return w.whole
}

func (w *restartWatch) restart(how Restarter, t client.Totals) *Restart {
	s := &Restart{
		How: how.How, Cut: w.after.Broken - w.before.Broken, Missing: w.connections - w.after.Up,
		Whole: w.broken.Seconds(), Unfinished: !w.whole, Retries: t.Retries, Lost: t.WrittenOff,
		Before: stretchOf(t, 0), During: stretchOf(t, 1), After: stretchOf(t, 2),
	}
	if len(t.Periods) > 1 {
		s.Answered = t.Periods[1].Answered
		s.Silence = t.Periods[1].Silence.Seconds()
	}
	return s
}

// judgeRestart holds the run against its lines. What was cut, and what was answered
// while the receiver was away, is no fault; either is at any other time.
func (r *Result) judgeRestart(lines Lines, t client.Totals) {
	s := r.Restart
	r.Errors.Answered -= min(s.Answered, r.Errors.Answered)
	r.Errors.Broken += t.Broken - min(s.Cut, t.Broken)
	if r.Interrupted {
		if s.Unfinished { // the server may have gone at any time since: no fault of its
			s.Lost += uint64(r.Errors.Lost)
			r.Errors.Lost, r.Errors.Broken, r.Errors.Answered = 0, 0, 0
		}
		return
	}
	r.checkErrors("nothing is lost but what was under way, nothing comes twice")
	within := lines.Within.Seconds()
	what := fmt.Sprintf("%.3f s", s.Whole)
	switch {
	case s.Missing > 0:
		what = fmt.Sprintf("%d connections are missing", s.Missing)
	case s.Unfinished:
		what = "not every flow delivers"
	}
	r.check(s.Missing == 0 && !s.Unfinished && s.Whole < within, "the traffic is whole again within %g s: %s", within, what)
	r.check(s.Before.PerSecond > 0 && s.After.PerSecond >= lines.Keep*s.Before.PerSecond,
		"it has %.0f %% of its rate then: %.0f %%", lines.Keep*100, 100*s.After.PerSecond/max(s.Before.PerSecond, 1))
}

func (s *Restart) print(row func(name, format string, args ...any)) {
	whole := "whole again after"
	if s.Unfinished {
		whole = "not whole again after"
	}
	row("restart", "by %s: %d connections cut, %s %.3f s, nothing arrived for %.3f s", s.How, s.Cut, whole, s.Whole, s.Silence)
	row("under way then", "%s lost with their connections, %s answered with errors", grouped(int64(s.Lost)), grouped(int64(s.Answered)))
	row("before", "%s", s.Before)
	row("after", "%s", s.After)
}
