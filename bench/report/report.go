// SPDX-License-Identifier: Apache-2.0

package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"weir/bench"
)

//go:embed *.html
var texts embed.FS

var templates = template.Must(template.ParseFS(texts, "*.html"))

// page is what the template shows.
type page struct {
	Title    string
	Theme    string // light or dark; only of a picture
	Machines []string
	Servers  []server
	Sections []section
	Table    []bench.Line
	Others   []string // the servers that the first is divided by
	Ratios   []bench.Line
	Failures []string // runs without figures
	Missed   []string // pass lines, and errors
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
		p.fault(r)
	}
	p.Others, p.Ratios = set.Ratios()
	d := drawer{set}
	for _, s := range []section{d.throughput(), d.curves(), d.rates(), d.connects(), d.memory(), d.slow(), d.storm(), d.restart(), d.hostile()} {
		if len(s.Bars)+len(s.Lines) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	return templates.ExecuteTemplate(w, "page.html", p)
}

// fault notes what a run has against its server.
func (p *page) fault(r *bench.Result) {
	who := r.Title + ", " + r.Server + ": "
	if r.Failed != "" {
		p.Failures = append(p.Failures, who+r.Failed)
	}
	if r.Errors.Sum() > 0 {
		p.Missed = append(p.Missed, who+"errors "+r.Errors.String())
	}
	for _, c := range r.Checks {
		if !c.Pass {
			p.Missed = append(p.Missed, who+"missed: "+c.What)
		}
	}
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
	return fmt.Sprintf("%s. %s, %d cores, %.0f GiB, Linux %s, %s. Load before: %s. Commit: %s. Command: %s",
		s.Began.Format("2 January 2006, 15:04 MST"), m.CPU, m.Cores, float64(m.Memory)/(1<<30), m.Kernel, m.System, m.Load, m.Tool, strings.Join(s.Command, " "))
}
