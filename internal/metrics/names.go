// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"cmp"
	"slices"
	"time"

	"weir/engine"
	"weir/internal/operator"
)

const (
	// namesMax is how many components have series of their own; the others are
	// summed. Five series each: 500 lines of a scrape.
	namesMax = 100
	// nameKept is how long a component that has gone keeps its series, so that
	// one that restarts goes on where it was.
	nameKept = 15 * time.Minute
	// Rest is the name of all the others together.
	Rest = "other"
)

// work is what one name has done.
type work struct {
	bytesIn, bytesOut, unitsIn, unitsOut int64
}

func (w *work) add(d work) {
	w.bytesIn += d.bytesIn
	w.bytesOut += d.bytesOut
	w.unitsIn += d.unitsIn
	w.unitsOut += d.unitsOut
}

// named is the series of one name.
type named struct {
	work
	queued  int64
	behind  time.Duration // for how long, the stream that is longest
	streams int64
	seen    time.Time
}

// Names counts by component. A component that has been given series keeps them
// while it is there, however quiet: a name that moved between its own series and
// the sum would make both of them lie. What streams do is added up in steps,
// from sample to sample, so that no series ever falls. It is for one goroutine
// at a time.
type Names struct {
	last map[uint64]engine.Tally // by instance, at the last sample
	own  map[string]*named
	rest named
}

// NewNames starts with nothing counted.
func NewNames() *Names {
	return &Names{last: map[uint64]engine.Tally{}, own: map[string]*named{}}
}

// label is a component's name in a series. A star is in no domain name.
func label(c *operator.Card) string {
	if c.Subdomain {
		return c.Name + ".*"
	}
	return c.Name
}

// Add takes in a sample.
func (n *Names) Add(s *Sample, now time.Time) {
	for _, series := range n.own {
		series.queued, series.behind, series.streams = 0, 0, 0
	}
	n.rest.queued, n.rest.behind, n.rest.streams = 0, 0, 0
	there := make(map[uint64]engine.Tally, len(s.Components))
	steps := make(map[string]*named, len(s.Components))
	for i := range s.Loops {
		for j := range s.Loops[i].Left {
			c := &s.Loops[i].Left[j]
			n.step(steps, c)
			delete(n.last, c.ID)
		}
	}
	for i := range s.Components {
		c := &s.Components[i]
		d := n.step(steps, c)
		d.queued += int64(c.Queued)
		d.behind = max(d.behind, c.Behind)
		d.streams++
		there[c.ID] = c.Tally
	}
	n.last = there
	n.spread(steps, now)
}

// step adds what a stream has done since the last sample to its name's step.
func (n *Names) step(steps map[string]*named, c *operator.Card) *named {
	d := steps[label(c)]
	if d == nil {
		d = new(named)
		steps[label(c)] = d
	}
	was := n.last[c.ID]
	d.add(work{
		bytesIn: c.BytesIn - was.BytesIn, bytesOut: c.BytesOut - was.BytesOut,
		unitsIn: int64(c.UnitsIn - was.UnitsIn), unitsOut: int64(c.UnitsOut - was.UnitsOut),
	})
	return d
}

// spread gives each step to its series: to its own if the name has one or there
// is room, the busiest first.
func (n *Names) spread(steps map[string]*named, now time.Time) {
	for name, series := range n.own {
		if steps[name] == nil && now.Sub(series.seen) > nameKept {
			delete(n.own, name) // and not into the sum, which would seem to have done it now
		}
	}
	order := make([]string, 0, len(steps))
	for name := range steps {
		order = append(order, name)
	}
	slices.SortFunc(order, func(a, b string) int {
		x, y := steps[a], steps[b]
		return cmp.Or(cmp.Compare(y.unitsIn+y.unitsOut, x.unitsIn+x.unitsOut), cmp.Compare(a, b))
	})
	for _, name := range order {
		series := n.own[name]
		if series == nil && len(n.own) < namesMax {
			series = new(named)
			n.own[name] = series
		}
		if series == nil {
			series = &n.rest
		}
		d := steps[name]
		series.add(d.work)
		series.queued += d.queued
		series.behind = max(series.behind, d.behind)
		series.streams += d.streams
		series.seen = now
	}
}

// each calls f with every series, those with a name in order, the rest last.
func (n *Names) each(f func(name string, s *named)) {
	order := make([]string, 0, len(n.own))
	for name := range n.own {
		order = append(order, name)
	}
	slices.Sort(order)
	for _, name := range order {
		f(name, n.own[name])
	}
	f(Rest, &n.rest)
}
