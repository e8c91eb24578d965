// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"weir/bench"
)

// result is one run of the program.
type result struct {
	Machine bench.Machine `json:"machine"`
	Date    time.Time     `json:"date"`
	Rounds  int           `json:"rounds"`
	Seconds float64       `json:"seconds"`
	Figures []row         `json:"figures"`
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

func (r *result) write(asJSON, asMarkdown string) error {
	text := r.table()
	fmt.Print(text)
	if asMarkdown != "" {
		if err := os.WriteFile(asMarkdown, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if asJSON == "" {
		return nil
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(asJSON, append(b, '\n'), 0o644)
}

func (r *result) table() string {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "Between three nodes on one machine, %s: %s, %d cores, Linux %s, %s, %s; load %s.\n",
		r.Date.Format(time.DateOnly), m.CPU, m.Cores, m.Kernel, m.Go, m.Tool, m.Load)
	fmt.Fprintf(&b, "Medians of %d rounds of %.0f s; command: `go run ./bench/cluster`.\n\n", r.Rounds, r.Seconds)
	b.WriteString("| | stanzas/s | p50 ms | p99 ms | stanzas/frame | CPU s per million | slow consumers | goal |\n|---|---|---|---|---|---|---|---|\n")
	for _, f := range r.Figures {
		p50, p99 := "", "" // of a full queue they say how long it is
		if f.Rate > 0 {
			p50, p99 = fmt.Sprintf("%.3f", f.P50), fmt.Sprintf("%.3f", f.P99)
		}
		fmt.Fprintf(&b, "| %s | %.0f | %s | %s | %.1f | %.2f | %d | %s |\n",
			f.Name, f.PerSecond, p50, p99, f.PerFrame, f.CPU, f.SlowEvents, f.Goal)
	}
	return b.String()
}
