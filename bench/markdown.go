// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Markdown writes the set for a repository: machine, table, every run, and the
// configurations.
func (s *Set) Markdown(w io.Writer) {
	fmt.Fprintf(w, "# Benchmark of %s\n\n", s.Began.Format("2 January 2006"))
	fmt.Fprintln(w, s.Machine.Provenance(s.Machine.Tool, s.Command, s.Seconds))
	fmt.Fprint(w, "How it is measured, and what the figures do not say: [docs/BENCHMARKS.md](../../docs/BENCHMARKS.md).\n\n")
	fmt.Fprint(w, "## Comparison\n\nMedians of the rounds; ± is half of the distance from the lowest round to the highest. Load tool and server share the cores. *(errors)*: stanzas were lost, changed or answered with errors;\n*(missed)*: a pass line was; both stand with the run below.\n\n")
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
	s.markdownRatios(w, row)
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
		if server.Secure != "" {
			fmt.Fprintf(w, "\n### %s, with TLS\n\n```\n%s```\n", server.Name, cut(server.Secure, configLines))
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

func (s *Set) markdownRatios(w io.Writer, row func([]string)) {
	others, lines := s.Ratios()
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n## %s by the others\n\nThe figure of %[1]s divided by that of the other in the same round; medians of the rounds.\n\n", s.Servers[0].Name)
	row(append([]string{"scenario", "figure"}, others...))
	fmt.Fprintf(w, "|%s\n", strings.Repeat("---|", len(others)+2))
	for _, l := range lines {
		row(append([]string{l.Title, l.Figure}, l.Cells...))
	}
}

func (s *Set) markdownRuns(w io.Writer, row func([]string)) {
	fmt.Fprint(w, "\n## Every run\n\nIn the order in which they ran.\n\n| scenario | server | per second | p50 | p99 | p99.9 | max | server CPU s/M | server MiB | tool CPU s/M | TCP timeouts | errors |\n")
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
		cells = append(append(cells, use...), fmt.Sprintf("%.3g", r.ToolUse.PerMillion), fmt.Sprint(r.Kernel.Timeouts), r.faults())
		row(cells)
	}
}

// faults are the errors of a run and the pass lines that it missed.
func (r *Result) faults() string {
	text := r.Errors.String()
	for _, c := range r.Checks {
		if !c.Pass {
			text += "; missed: " + c.What
		}
	}
	return text
}
