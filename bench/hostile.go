// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"slices"
	"sync"
	"time"

	"weir/bench/client"
	"weir/bench/hostile"
)

// Hostile is what malformed streams did to the good ones, and the server to them.
type Hostile struct {
	Streams int             `json:"streams"` // that ran
	Behind  int             `json:"behind"`  // were due, and not begun because too many were open
	Kinds   []hostile.Tally `json:"kinds"`
	Before  Stretch         `json:"before"` // the good pairs
	During  Stretch         `json:"during"`
}

// HostileOptions say which malformed streams there are.
type HostileOptions struct {
	Streams float64 // a second
	Kinds   []hostile.Kind
	// Patience is how long a stream waits for the server to end it; default 1 s.
	Patience time.Duration
}

const (
	// hostileNames is how many components the malformed streams are, and so how many
	// of them are open at once.
	hostileNames = 64
	// hostilePatience is the default of how long each waits.
	hostilePatience = time.Second
)

// HostileLines: on schedule, so that the rate is that of the good pairs alone
// unless somebody is slowed down.
var HostileLines = Lines{Keep: 0.95, P99: 50 * time.Millisecond}

// Malformed measures what good pairs on schedule notice of malformed streams that
// come at a rate: a third of the time without them, the rest with them. A malformed
// stanza that reaches a good component is an error.
func Malformed(ctx context.Context, o Options, h HostileOptions, say Reporter) (*Result, error) {
	o.fill()
	o.Pattern = Pairs
	if o.Rate == 0 {
		o.Rate = stormRate
	}
	if h.Patience == 0 {
		h.Patience = hostilePatience
	}
	o.Lines.fill(HostileLines)
	r := o.newResult("hostile")
	r.Params.Streams = h.Streams
	cast, err := o.plan(0)
	if err != nil {
		return nil, err
	}
	fleet, err := o.fleet(ctx, client.Config{Rate: o.Rate, Burst: o.Burst}, cast)
	if err != nil {
		return nil, err
	}
	swarm := &hostile.Swarm{
		Target: hostile.Target{Addr: o.Addr, Secret: o.Secret, TLS: o.TLS, Victim: cast.flows[0].To, Patience: h.Patience},
		Names:  o.casting(len(cast.names), hostileNames).names, Kinds: h.Kinds, Rate: h.Streams,
	}
	course := o.course(fleet, say, r)
	if err := course.run(ctx, o.Warmup); err != nil {
		return nil, err
	}
	course.period(ctx, "before", o.Duration/3)
	begun := ctx.Err() == nil
	course.beside(ctx, "hostile", o.Duration-o.Duration/3, swarm.Run)
	course.end(ctx)
	t := fleet.Sum()
	r.take(t)
	r.perMillion(r.Delivered)
	if begun {
		r.Hostile = &Hostile{Before: stretchOf(t, 0), During: stretchOf(t, 1)}
		r.Hostile.Kinds, r.Hostile.Behind = swarm.Sum()
		r.judgeHostile(o.Lines)
	}
	return r, nil
}

// beside measures a period in which something else goes on too, and waits for its
// end.
func (c *course) beside(ctx context.Context, name string, d time.Duration, what func(context.Context)) {
	if ctx.Err() != nil {
		return
	}
	ctx2, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var done sync.WaitGroup
	done.Go(func() { what(ctx2) })
	c.period(ctx, name, d)
	cancel()
	done.Wait()
}

// judgeHostile holds the run against its lines.
func (r *Result) judgeHostile(lines Lines) {
	h := r.Hostile
	for _, k := range h.Kinds {
		h.Streams += k.Streams
	}
	if r.Interrupted {
		return
	}
	r.checkErrors("the good pairs have no errors")
	r.check(h.Streams > 0 && slices.ContainsFunc(h.Kinds, reached), "malformed streams reached the server: %s", grouped(int64(h.Streams)))
	r.checkKeep(lines, h.Before.PerSecond, h.During.PerSecond)
	r.checkP99(lines, h.Before, h.During)
}

// reached says whether not all streams of a kind were refused before they did what
// they were for.
func reached(t hostile.Tally) bool { return t.Outcomes[hostile.Refused] < t.Streams }

func (h *Hostile) print(row func(name, format string, args ...any)) {
	row("good before", "%s", h.Before)
	row("good meanwhile", "%s", h.During)
	for _, k := range h.Kinds {
		row("  "+k.Kind, "%d %s", k.Streams, k)
	}
	if h.Behind > 0 {
		row("  not begun", "%d, because %d were open", h.Behind, hostileNames)
	}
}
