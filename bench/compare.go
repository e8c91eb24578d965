// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
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

// figure is one number of a result that can be compared.
type figure struct {
	name  string
	value func(*Result) (float64, bool)
	show  func(float64) string
}

// figuresOf gives what is shown of a scenario.
func figuresOf(scenario string) []figure {
	percentile := func(name string, pick func(*Distribution) int64) figure {
		return figure{name, func(r *Result) (float64, bool) {
			if r.Latency == nil {
				return 0, false
			}
			return float64(pick(r.Latency)), true
		}, func(v float64) string { return short(time.Duration(v)) }}
	}
	cpu := figure{"server CPU s per million", func(r *Result) (float64, bool) {
		if r.ServerUse == nil {
			return 0, false
		}
		return r.ServerUse.PerMillion, true
	}, func(v float64) string { return fmt.Sprintf("%.3g", v) }}
	rate := func(what string) figure {
		return figure{what + "/s", func(r *Result) (float64, bool) { return r.PerSecond, true },
			func(v float64) string { return grouped(int64(v)) }}
	}
	switch scenario {
	case "forward", "soak":
		return []figure{rate("stanzas"), cpu}
	case "latency":
		return []figure{
			percentile("p50", func(d *Distribution) int64 { return d.P50 }),
			percentile("p99", func(d *Distribution) int64 { return d.P99 }),
		}
	case "slow":
		return []figure{
			{"good pairs keep", func(r *Result) (float64, bool) {
				if r.Slow == nil {
					return 0, false
				}
				return 100 * r.Slow.During / max(r.Slow.Before, 1), true
			}, func(v float64) string { return fmt.Sprintf("%.0f %%", v) }},
			{"memory grows by", func(r *Result) (float64, bool) {
				if r.Slow == nil || r.ServerUse == nil {
					return 0, false
				}
				return mib(r.Slow.Growth), true
			}, func(v float64) string { return fmt.Sprintf("%.1f MiB", v) }},
		}
	case "connect":
		return []figure{rate("connections")}
	case "idle":
		return []figure{{"KiB a connection", func(r *Result) (float64, bool) {
			if r.Idle == nil || r.Idle.RSSBefore == 0 {
				return 0, false
			}
			return r.Idle.PerConn / 1024, true
		}, func(v float64) string { return fmt.Sprintf("%.1f", v) }}}
	}
	return nil
}

// Compare gives the lines of the comparison. A cell is the median of the rounds;
// one with errors or without figures says so.
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
	for _, r := range runs {
		bad += r.Errors.Sum()
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
		return f.show(median(values)) + " (errors)"
	}
	return f.show(median(values))
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
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

// Markdown writes the set for a repository: machine, table, every run, and the
// configurations.
func (s *Set) Markdown(w io.Writer) {
	m := s.Machine
	fmt.Fprintf(w, "# Benchmark of %s\n\n", s.Began.Format("2 January 2006"))
	fmt.Fprintf(w, "%s, %d cores, %.0f GiB; Linux %s, TCP %s; %s; %s; tool %s. Load averages before: %s. Command: `%s`. It took %s.\n",
		m.CPU, m.Cores, float64(m.Memory)/(1<<30), m.Kernel, m.TCP, m.System, m.Go, m.Tool, m.Load,
		strings.Join(s.Command, " "), time.Duration(s.Seconds*float64(time.Second)).Round(time.Second))
	fmt.Fprint(w, "How it is measured, and what the figures do not say: [docs/BENCHMARKS.md](../../docs/BENCHMARKS.md).\n\n")
	fmt.Fprint(w, "## Comparison\n\nMedians of the rounds. Load tool and server share the cores.\n\n")
	head := []string{"scenario", "figure"}
	for _, server := range s.Servers {
		head = append(head, server.Name)
	}
	row := func(cells []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }
	row(head)
	fmt.Fprintf(w, "|%s\n", strings.Repeat("---|", len(head)))
	for _, l := range s.Compare() {
		row(append([]string{l.Title, l.Figure}, l.Cells...))
	}
	fmt.Fprint(w, "\n## Servers\n\n| server | version | what it is |\n|---|---|---|\n")
	for _, server := range s.Servers {
		row([]string{server.Name, server.Version, server.What})
	}
	s.markdownRuns(w, row)
	fmt.Fprint(w, "\n## Configurations\n")
	for _, server := range s.Servers {
		if server.Config != "" {
			fmt.Fprintf(w, "\n### %s\n\n```\n%s```\n", server.Name, cut(server.Config, configLines))
		}
	}
}

// configLines is how much of a configuration is shown: Prosody's lists every
// component.
const configLines = 40

func cut(text string, lines int) string {
	all := strings.SplitAfter(text, "\n")
	if len(all) <= lines {
		return text
	}
	return strings.Join(all[:lines], "") + fmt.Sprintf("… %d lines more of the kind\n", len(all)-lines)
}

func (s *Set) markdownRuns(w io.Writer, row func([]string)) {
	fmt.Fprint(w, "\n## Every run\n\n| scenario | server | per second | p50 | p99 | p99.9 | max | server CPU s/M | server MiB | tool CPU s/M | TCP timeouts | errors |\n")
	fmt.Fprint(w, "|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range s.Runs {
		if r.Failed != "" {
			row([]string{r.Title, r.Server, "failed: " + strings.ReplaceAll(r.Failed, "|", "/"), "", "", "", "", "", "", "", "", ""})
			continue
		}
		lat := []string{"", "", "", ""}
		if l := r.Latency; l != nil {
			for i, v := range []int64{l.P50, l.P99, l.P999, l.Max} {
				lat[i] = short(time.Duration(v))
			}
		}
		use := []string{"", ""}
		if u := r.ServerUse; u != nil {
			use = []string{fmt.Sprintf("%.3g", u.PerMillion), fmt.Sprintf("%.1f", mib(u.RSS))}
		}
		cells := append([]string{r.Title, r.Server, grouped(int64(r.PerSecond))}, lat...)
		cells = append(append(cells, use...), fmt.Sprintf("%.3g", r.ToolUse.PerMillion), fmt.Sprint(r.Kernel.Timeouts), r.Errors.String())
		row(cells)
	}
}

// Slug names the machine in a file name: letters, digits and dashes.
func (m Machine) Slug() string {
	cpu := strings.NewReplacer("(R)", "", "(TM)", "", "CPU", "").Replace(m.CPU)
	text := fmt.Sprintf("%s-%dcores", cpu, m.Cores)
	var b strings.Builder
	dash := true
	for _, c := range strings.ToLower(text) {
		switch {
		case c < utf8.RuneSelf && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9'):
			b.WriteRune(c)
			dash = false
		case !dash:
			b.WriteByte('-')
			dash = true
		}
	}
	return strings.Trim(b.String(), "-")
}
