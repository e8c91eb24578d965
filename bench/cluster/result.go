// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weir/bench"
)

// result is one run of the program.
type result struct {
	Machine bench.Machine   `json:"machine"`
	Began   time.Time       `json:"began"`
	Commit  string          `json:"commit"`
	Command string          `json:"command"`
	Took    float64         `json:"took_seconds"`
	Rounds  int             `json:"rounds"`
	Seconds float64         `json:"seconds"` // of each run with traffic
	Goals   []*bench.Goal   `json:"goals,omitempty"`
	Link    []row           `json:"link,omitempty"`
	Runs    []*bench.Result `json:"runs,omitempty"` // with whole weirs
}

// row is one scenario's medians.
type row struct {
	scenario
	PerSecond  float64 `json:"stanzas_per_second"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	PerFrame   float64 `json:"stanzas_per_frame"`
	CPU        float64 `json:"cpu_seconds_per_million"` // of all nodes
	SlowEvents int64   `json:"slow_consumers"`
}

// figures are one scenario's measurements.
type figures struct {
	scenario
	rounds []row
}

// add judges a measurement: everything that was sent has to have come.
func (f *figures) add(sent int, counts []answer) error {
	r := row{scenario: f.scenario}
	received, span, frames := 0, time.Duration(0), uint64(0)
	cpu := time.Duration(0)
	for _, a := range counts {
		if a.Lost > 0 {
			return fmt.Errorf("%d stanzas lost", a.Lost)
		}
		received += a.Received
		frames += a.Frames
		cpu += a.CPU
		r.SlowEvents += a.Slow
		if a.Received > 0 {
			span = max(span, a.Span)
			r.P50, r.P99 = max(r.P50, ms(a.P50)), max(r.P99, ms(a.P99))
		}
	}
	if received != sent || sent == 0 {
		return fmt.Errorf("%d stanzas sent, %d received", sent, received)
	}
	r.PerSecond = float64(received) / span.Seconds()
	r.PerFrame = float64(received) / float64(frames)
	r.CPU = cpu.Seconds() / float64(received) * 1e6
	f.rounds = append(f.rounds, r)
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// median is the round in the middle by rate, or by time if the rate was given.
func (f *figures) median() row {
	key := func(r row) float64 { return r.PerSecond }
	if f.Rate > 0 {
		key = func(r row) float64 { return r.P50 }
	}
	slices.SortFunc(f.rounds, func(a, b row) int {
		if key(a) < key(b) {
			return -1
		}
		return 1
	})
	return f.rounds[len(f.rounds)/2]
}

// write writes the result as JSON, and for people.
func (r *result) write(dir, part string) error {
	base := filepath.Join(dir, r.Began.Format(time.DateOnly)+"-cluster")
	if part != "" {
		base += "-" + part
	}
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(base+".json", append(b, '\n'), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "written: %s.{json,md}\n", base)
	return os.WriteFile(base+".md", []byte(r.markdown()), 0o644)
}

func (r *result) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# A cluster on one machine, %s\n\n", r.Began.Format("2 January 2006"))
	fmt.Fprintln(&b, r.Machine.Provenance(r.Commit, []string{r.Command}, r.Took))
	fmt.Fprintf(&b, "Medians of %d rounds; runs with traffic of %.0f s each. All nodes, and the load tool, share the cores. How:\n"+
		"[docs/BENCHMARKS.md](../../docs/BENCHMARKS.md).\n", r.Rounds, r.Seconds)
	if len(r.Goals) > 0 {
		b.WriteByte('\n')
		bench.MarkdownGoals(&b, r.Goals)
	}
	if len(r.Link) > 0 {
		b.WriteString("\nThe way between nodes alone, without streams:\n\n")
		b.WriteString(r.linkTable())
	}
	return b.String()
}

func (r *result) linkTable() string {
	var b strings.Builder
	b.WriteString("| | stanzas/s | p50 ms | p99 ms | stanzas/frame | CPU s per million | slow consumers | wanted |\n|---|---|---|---|---|---|---|---|\n")
	for _, f := range r.Link {
		p50, p99 := "", "" // of a full queue they say how long it is
		if f.Rate > 0 {
			p50, p99 = fmt.Sprintf("%.3f", f.P50), fmt.Sprintf("%.3f", f.P99)
		}
		fmt.Fprintf(&b, "| %s | %.0f | %s | %s | %.1f | %.2f | %d | %s |\n",
			f.Name, f.PerSecond, p50, p99, f.PerFrame, f.CPU, f.SlowEvents, f.Goal)
	}
	return b.String()
}
