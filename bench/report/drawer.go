// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weir/bench"
)

// drawer draws one set.
type drawer struct{ set *bench.Set }

// titles gives the scenarios of a kind.
func (d drawer) titles(scenarios ...string) []string {
	return slices.DeleteFunc(d.set.Titles(), func(title string) bool {
		i := slices.IndexFunc(d.set.Runs, func(r *bench.Result) bool { return r.Title == title })
		return !slices.Contains(scenarios, d.set.Runs[i].Scenario)
	})
}

// ranked gives the runs of a server that have figures, by a value.
func (d drawer) ranked(title, server string, value func(*bench.Result) float64) []*bench.Result {
	runs := slices.DeleteFunc(d.set.Of(title, server), func(r *bench.Result) bool { return r.Failed != "" })
	slices.SortFunc(runs, func(a, b *bench.Result) int { return cmp.Compare(value(a), value(b)) })
	return runs
}

// middle gives the run of a server that is the median by a value, the higher of two.
func (d drawer) middle(title, server string, value func(*bench.Result) float64) *bench.Result {
	runs := d.ranked(title, server, value)
	if len(runs) == 0 {
		return nil
	}
	return runs[len(runs)/2]
}

// median gives the median of a value, as the table has it.
func (d drawer) median(title, server string, value func(*bench.Result) float64) float64 {
	runs := d.ranked(title, server, value)
	if len(runs) == 0 || value(runs[0]) == none {
		return none
	}
	return (value(runs[(len(runs)-1)/2]) + value(runs[len(runs)/2])) / 2
}

// errors gives the errors of all rounds.
func (d drawer) errors(title, server string) (sum uint64) {
	for _, r := range d.set.Of(title, server) {
		sum += r.Errors.Sum()
	}
	return sum
}

func perSecond(r *bench.Result) float64 { return r.PerSecond }

func p99(r *bench.Result) float64 {
	if r.Latency == nil {
		return 0
	}
	return float64(r.Latency.P99)
}

func perMillion(r *bench.Result) float64 {
	if r.ServerUse == nil {
		return 0
	}
	return r.ServerUse.PerMillion
}

// none is the value of a run that has none.
const none = -1

// bars draws one figure of a scenario, with a second one as a note.
func (d drawer) bars(title, unit string, value func(*bench.Result) float64, note func(*bench.Result) string) *bars {
	b := &bars{Title: title, Unit: unit}
	for i, server := range d.set.Servers {
		r := d.middle(title, server.Name, value)
		switch {
		case r == nil && len(d.set.Of(title, server.Name)) > 0:
			b.add(server.Name, i%colours, 0, "failed", "")
		case r == nil: // cannot do this
		default:
			n := note(r)
			if e := d.errors(title, server.Name); e > 0 { // which, is said below
				n = strings.TrimSpace(fmt.Sprintf("%s %s errors", n, amount(float64(e))))
			}
			v := d.median(title, server.Name, value)
			if v == none {
				b.add(server.Name, i%colours, 0, "–", n)
				continue
			}
			b.add(server.Name, i%colours, v, amount(v), n)
		}
	}
	b.scale()
	return b
}

// course draws what runs went through over time.
func (d drawer) course(title, name string, value func(*bench.Result, bench.Point) float64) []*lines {
	var all []series
	end := 0.0
	for i, server := range d.set.Servers {
		r := d.middle(title, server.Name, perSecond)
		if r == nil || len(r.Timeline) < 2 {
			continue
		}
		one := series{server: server.Name, colour: i % colours}
		for _, p := range r.Timeline {
			one.x = append(one.x, p.At)
			one.y = append(one.y, value(r, p))
			end = max(end, p.At)
		}
		all = append(all, one)
	}
	_, hi := extent(all, func(s series) []float64 { return s.y })
	if hi == 0 {
		return nil
	}
	l := &lines{Title: title + ": " + name, Name: name + " over time", XUnit: "seconds", YUnit: ""}
	l.draw(linearAxis(end, amount), linearAxis(hi, amount), all)
	return []*lines{l}
}
