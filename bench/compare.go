// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Line is one line of the comparison of a set: a figure of a scenario, for each
// server in the order of the set.
type Line struct {
	Title  string // of the scenario
	Figure string // what is shown, with its unit
	Cells  []string
}

// Titles gives the scenarios of a set in the order of their first run.
func (s *Set) Titles() []string {
	var out []string
	for _, r := range s.Runs {
		if !slices.Contains(out, r.Title) {
			out = append(out, r.Title)
		}
	}
	return out
}

// Of gives the runs of a scenario against a server, one of each round.
func (s *Set) Of(title, server string) []*Result {
	var out []*Result
	for _, r := range s.Runs {
		if r.Title == title && r.Server == server {
			out = append(out, r)
		}
	}
	return out
}

// Compare gives the lines of the comparison. A cell is the median of the rounds with
// their spread; one with errors, with a pass line that was missed, or without figures
// says so.
func (s *Set) Compare() []Line {
	var out []Line
	for _, title := range s.Titles() {
		i := slices.IndexFunc(s.Runs, func(r *Result) bool { return r.Title == title })
		for _, f := range figuresOf(s.Runs[i].Scenario) {
			line := Line{Title: title, Figure: f.name}
			for _, server := range s.Servers {
				line.Cells = append(line.Cells, f.cell(s.Of(title, server.Name)))
			}
			out = append(out, line)
		}
	}
	return out
}

func (f figure) cell(runs []*Result) string {
	var values []float64
	var bad uint64
	missed := false
	for _, r := range runs {
		bad += r.Errors.Sum()
		missed = missed || slices.ContainsFunc(r.Checks, func(c Check) bool { return !c.Pass })
		if v, ok := f.value(r); ok && r.Failed == "" {
			values = append(values, v)
		}
	}
	switch {
	case len(runs) == 0:
		return "-"
	case len(values) == 0:
		return "failed"
	case bad > 0:
		return f.show(Median(values)) + Spread(values) + " (errors)"
	case missed:
		return f.show(Median(values)) + Spread(values) + " (missed)"
	}
	return f.show(Median(values)) + Spread(values)
}

// Ratios sets the first server against the others: for each figure that has a
// meaning as a ratio, the median over the rounds of its own by the other's, which
// ran within the same minute or so.
func (s *Set) Ratios() (others []string, lines []Line) {
	if len(s.Servers) < 2 {
		return nil, nil
	}
	for _, server := range s.Servers[1:] {
		others = append(others, server.Name)
	}
	for _, title := range s.Titles() {
		i := slices.IndexFunc(s.Runs, func(r *Result) bool { return r.Title == title })
		for _, f := range figuresOf(s.Runs[i].Scenario) {
			if !f.ratio {
				continue
			}
			line := Line{Title: title, Figure: f.name}
			any := false
			for _, other := range others {
				cell := f.ratioOf(s.Of(title, s.Servers[0].Name), s.Of(title, other))
				any = any || cell != "-"
				line.Cells = append(line.Cells, cell)
			}
			if any {
				lines = append(lines, line)
			}
		}
	}
	return others, lines
}

func (f figure) ratioOf(own, other []*Result) string {
	var ratios []float64
	var bad uint64
	for i := range min(len(own), len(other)) {
		a, ok := f.value(own[i])
		b, ok2 := f.value(other[i])
		if ok && ok2 && b > 0 && own[i].Failed+other[i].Failed == "" {
			ratios = append(ratios, a/b)
			bad += own[i].Errors.Sum() + other[i].Errors.Sum()
		}
	}
	if len(ratios) == 0 {
		return "-"
	}
	cell := fmt.Sprintf("%.3g", Median(ratios)) + Spread(ratios)
	if bad > 0 {
		cell += " (errors)"
	}
	return cell
}

// Spread says how far some values are apart: half of the distance from the lowest to
// the highest, in percent of the median. It is empty of less than two.
func Spread(v []float64) string {
	middle := Median(v)
	if len(v) < 2 || middle <= 0 {
		return ""
	}
	return fmt.Sprintf(" ±%.0f %%", 50*(slices.Max(v)-slices.Min(v))/middle)
}

// Median is the middle of some values, between the two middle ones of an even number; 0
// of none.
func Median(v []float64) float64 {
	n := len(v)
	if n == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return (v[(n-1)/2] + v[n/2]) / 2
}

// PrintTable writes the comparison as one table.
func (s *Set) PrintTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := []string{"", ""}
	for _, server := range s.Servers {
		head = append(head, server.Name)
	}
	fmt.Fprintln(t, strings.Join(head, "\t"))
	last := ""
	for _, l := range s.Compare() {
		title := l.Title
		if title == last {
			title = ""
		}
		last = l.Title
		fmt.Fprintln(t, strings.Join(append([]string{title, l.Figure}, l.Cells...), "\t"))
	}
	return t.Flush()
}
