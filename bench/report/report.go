// SPDX-License-Identifier: Apache-2.0

package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"weir/bench"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what the template shows.
type page struct {
	Title    string
	Machines []string
	Servers  []server
	Sections []section
	Table    []bench.Line
	Failures []string
}

type server struct {
	bench.Server
	Colour int
}

type section struct {
	Title, Text string
	Bars        []*bars
	Lines       []*lines
}

// colours is how many the page has; the first is weir's, the last the floor's.
const colours = 8

// Input is a set of results and where it is from.
type Input struct {
	Name string // of its file
	Set  *bench.Set
}

// Write writes the page for one set or for several side by side.
func Write(w io.Writer, inputs []Input) error {
	set := join(inputs)
	p := &page{Title: "XMPP component servers, measured", Table: set.Compare()}
	for _, in := range inputs {
		p.Machines = append(p.Machines, describe(in.Set))
	}
	for i, s := range set.Servers {
		p.Servers = append(p.Servers, server{s, i % colours})
	}
	for _, r := range set.Runs {
		if r.Failed != "" {
			p.Failures = append(p.Failures, fmt.Sprintf("%s, %s: %s", r.Title, r.Server, r.Failed))
		}
	}
	d := drawer{set}
	for _, s := range []section{d.throughput(), d.curves(), d.rates(), d.connects(), d.memory(), d.courses()} {
		if len(s.Bars)+len(s.Lines) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	return pageTemplate.Execute(w, p)
}

// join makes one set of several; servers then carry the name of their file.
func join(inputs []Input) *bench.Set {
	all := &bench.Set{}
	for _, in := range inputs {
		suffix := ""
		if len(inputs) > 1 {
			suffix = " · " + strings.TrimSuffix(filepath.Base(in.Name), filepath.Ext(in.Name))
		}
		named := func(name string) string {
			if name == "" {
				name = "server"
			}
			return name + suffix
		}
		for _, s := range in.Set.Servers {
			s.Name = named(s.Name)
			all.Servers = append(all.Servers, s)
		}
		for _, r := range in.Set.Runs {
			run := *r
			run.Server = named(r.Server)
			if run.Title == "" {
				run.Title = run.Describe()
			}
			all.Runs = append(all.Runs, &run)
			if !slices.ContainsFunc(all.Servers, func(s bench.Server) bool { return s.Name == run.Server }) {
				all.Servers = append(all.Servers, bench.Server{Name: run.Server})
			}
		}
	}
	return all
}

func describe(s *bench.Set) string {
	m := s.Machine
	return fmt.Sprintf("%s. %s, %d cores, %.0f GiB, Linux %s, %s. Load before: %s. Command: %s",
		s.Began.Format("2 January 2006, 15:04 MST"), m.CPU, m.Cores, float64(m.Memory)/(1<<30), m.Kernel, m.System, m.Load, strings.Join(s.Command, " "))
}

// drawer draws one set.
type drawer struct{ set *bench.Set }

// titles gives the scenarios of a kind.
func (d drawer) titles(scenarios ...string) []string {
	return slices.DeleteFunc(d.set.Titles(), func(title string) bool {
		i := slices.IndexFunc(d.set.Runs, func(r *bench.Result) bool { return r.Title == title })
		return !slices.Contains(scenarios, d.set.Runs[i].Scenario)
	})
}

// middle gives the run of a server that is the median by a value.
func (d drawer) middle(title, server string, value func(*bench.Result) float64) *bench.Result {
	runs := slices.DeleteFunc(d.set.Of(title, server), func(r *bench.Result) bool { return r.Failed != "" })
	if len(runs) == 0 {
		return nil
	}
	slices.SortFunc(runs, func(a, b *bench.Result) int {
		return int(math.Copysign(1, value(a)-value(b)))
	})
	return runs[(len(runs)-1)/2]
}

func perSecond(r *bench.Result) float64 { return r.PerSecond }

func p99(r *bench.Result) float64 {
	if r.Latency == nil {
		return 0
	}
	return float64(r.Latency.P99)
}

func (d drawer) throughput() section {
	s := section{Title: "Throughput", Text: "Stanzas a second with full windows; longer is better. Beside it the server's processor time for a million."}
	for _, title := range d.titles("forward", "soak") {
		s.Bars = append(s.Bars, d.bars(title, "stanzas/s", perSecond, func(r *bench.Result) string {
			if r.ServerUse == nil {
				return ""
			}
			return fmt.Sprintf("%.3g CPU s", r.ServerUse.PerMillion)
		}))
	}
	return s
}

func (d drawer) connects() section {
	s := section{Title: "Connecting", Text: "Connections a second from connect to closed; longer is better."}
	for _, title := range d.titles("connect") {
		s.Bars = append(s.Bars, d.bars(title, "connections/s", perSecond, func(r *bench.Result) string {
			return "p99 " + duration(p99(r))
		}))
	}
	return s
}

func (d drawer) memory() section {
	s := section{Title: "Memory", Text: "Resident memory of the server for each idle connection; shorter is better."}
	for _, title := range d.titles("idle") {
		b := d.bars(title, "KiB a connection", func(r *bench.Result) float64 {
			if r.Idle == nil {
				return 0
			}
			return max(0, r.Idle.PerConn/1024)
		}, func(r *bench.Result) string { return "" })
		b.Less = true
		s.Bars = append(s.Bars, b)
	}
	return s
}

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
			if r.Errors.Sum() > 0 {
				n = strings.TrimSpace(n + " errors " + r.Errors.String())
			}
			b.add(server.Name, i%colours, value(r), amount(value(r)), n)
		}
	}
	b.scale()
	return b
}

func (d drawer) curves() section {
	s := section{Title: "Latency by percentile", Text: "How long the slowest stanzas took; lower is better. On schedule, counted from the time a stanza was meant to be sent."}
	for _, title := range d.titles("latency") {
		var all []series
		for i, server := range d.set.Servers {
			r := d.middle(title, server.Name, p99)
			if r == nil || r.Latency == nil {
				continue
			}
			one := series{server: server.Name, colour: i % colours}
			for _, step := range r.Latency.Curve {
				one.x = append(one.x, nines(step.Percentile))
				one.y = append(one.y, float64(step.Value))
			}
			all = append(all, one)
		}
		if lo, hi := extent(all, func(s series) []float64 { return s.y }); hi > 0 {
			l := &lines{Title: title, Name: "latency by percentile", XUnit: "percentile", YUnit: "latency"}
			l.draw(percentileAxis(), logAxis(lo, hi, duration), all)
			s.Lines = append(s.Lines, l)
		}
	}
	return s
}

// rates draws the 99th percentile against the rate of the schedule.
func (d drawer) rates() section {
	s := section{Title: "Latency by rate", Text: "The 99th percentile at a steady rate; lower and further right is better. A line ends where the server carries no more."}
	var all []series
	for i, server := range d.set.Servers {
		one := series{server: server.Name, colour: i % colours}
		for _, title := range d.titles("latency") {
			r := d.middle(title, server.Name, p99)
			if r == nil || r.Latency == nil || r.Params.Rate == 0 {
				continue
			}
			one.x = append(one.x, r.Params.Rate)
			one.y = append(one.y, float64(r.Latency.P99))
			one.text = append(one.text, fmt.Sprintf("%s at %s/s: p99 %s", server.Name, amount(r.Params.Rate), duration(p99(r))))
		}
		if len(one.x) > 0 {
			all = append(all, one)
		}
	}
	lo, hi := extent(all, func(s series) []float64 { return s.x })
	if lo == hi {
		return s
	}
	l := &lines{Title: "99th percentile", Name: "99th percentile of latency by rate", XUnit: "stanzas/s", YUnit: "p99"}
	ylo, yhi := extent(all, func(s series) []float64 { return s.y })
	l.draw(logAxis(lo, hi, amount), logAxis(ylo, yhi, duration), all)
	s.Lines = []*lines{l}
	return s
}

// courses draws memory over time for scenarios in which it is the question.
func (d drawer) courses() section {
	s := section{Title: "A receiver that stops reading", Text: "What the other pairs still get, and what it costs the server, over time."}
	for _, title := range d.titles("slow") {
		for _, of := range []struct {
			name  string
			value func(bench.Point) float64
			label func(float64) string
		}{
			{"stanzas/s of the good pairs", func(p bench.Point) float64 { return p.PerSecond }, amount},
			{"resident memory, MiB", func(p bench.Point) float64 { return float64(p.RSS) / (1 << 20) }, amount},
		} {
			s.Lines = append(s.Lines, d.course(title, of.name, of.value, of.label)...)
		}
	}
	return s
}

func (d drawer) course(title, name string, value func(bench.Point) float64, label func(float64) string) []*lines {
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
			one.y = append(one.y, value(p))
			end = max(end, p.At)
		}
		all = append(all, one)
	}
	_, hi := extent(all, func(s series) []float64 { return s.y })
	if hi == 0 {
		return nil
	}
	l := &lines{Title: title + ": " + name, Name: name + " over time", XUnit: "seconds", YUnit: ""}
	l.draw(linearAxis(end, amount), linearAxis(hi, label), all)
	return []*lines{l}
}
