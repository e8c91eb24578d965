// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Print writes a result as a table for people.
func (r *Result) Print(w io.Writer) {
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-18s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(w, "%s\n", r.Describe())
	switch {
	case r.Unmeasured():
		fmt.Fprintf(w, "  interrupted: before anything was measured\n")
		row("errors", "%s", r.Errors)
		for _, note := range r.Notes {
			fmt.Fprintf(w, "  ! %s\n", note)
		}
		return
	case r.Scenario == "connect":
		row("connections/s", "%s", grouped(int64(r.PerSecond)))
	case r.Scenario == "idle":
	default:
		row("stanzas/s", "%s", grouped(int64(r.PerSecond)))
		row("delivered", "%s in %.1f s, %.1f MB/s", grouped(int64(r.Delivered)), r.Seconds, r.MegaPerSec)
	}
	if r.Idle != nil {
		r.Idle.print(row)
	}
	if r.Slow != nil {
		r.Slow.print(row)
	}
	if r.Storm != nil {
		r.Storm.print(row)
	}
	if r.Restart != nil {
		r.Restart.print(row)
	}
	if r.Hostile != nil {
		r.Hostile.print(row)
	}
	if r.Proof != nil {
		r.Proof.print(row)
	}
	if l := r.Latency; l != nil {
		row("latency", "p50 %s  p90 %s  p99 %s  p99.9 %s  max %s",
			short(time.Duration(l.P50)), short(time.Duration(l.P90)), short(time.Duration(l.P99)),
			short(time.Duration(l.P999)), short(time.Duration(l.Max)))
	}
	if l := r.Late; l != nil {
		row("tool was late by", "p50 %s  p99 %s  max %s",
			short(time.Duration(l.P50)), short(time.Duration(l.P99)), short(time.Duration(l.Max)))
	}
	if u := r.ServerUse; u != nil {
		row("server", "%.2f CPU s, %.3f per million, %.1f MiB (peak %.1f)", u.CPU, u.PerMillion, mib(u.RSS), mib(u.PeakRSS))
	}
	if r.TLS != "" {
		row("encrypted", "%s", r.TLS)
	}
	row("load tool", "%.2f CPU s, %.3f per million", r.ToolUse.CPU, r.ToolUse.PerMillion)
	row("errors", "%s", r.Errors)
	if k := r.Kernel; k.Timeouts > 0 {
		row("kernel", "%d TCP timeouts, %d packets dropped on this machine: stalls of 200 ms and more are theirs", k.Timeouts, k.Dropped)
	}
	if r.Rewritten > 0 {
		row("rewritten", "%s stanzas came in other bytes with the same meaning", grouped(int64(r.Rewritten)))
	}
	for _, c := range r.Checks {
		verdict := "pass"
		if !c.Pass {
			verdict = "FAIL"
		}
		row(verdict, "%s", c.What)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "  ! %s\n", note)
	}
	if r.Interrupted {
		fmt.Fprintf(w, "  interrupted: the figures are of the part that ran\n")
	}
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// Describe says in a few words what was run.
func (r *Result) Describe() string {
	p := r.Params
	var s []string
	if r.Server != "" {
		s = append(s, r.Server)
	}
	s = append(s, r.Scenario)
	if p.Pairs > 0 {
		pattern := p.Pattern
		if pattern == "" {
			pattern = Pairs
		}
		s = append(s, fmt.Sprintf("%d %s", p.Pairs, pattern))
		if p.Size > 0 {
			s = append(s, fmt.Sprintf("%d bytes", p.Size))
		} else {
			s = append(s, "a mix")
		}
		if p.Rate > 0 {
			s = append(s, fmt.Sprintf("%s/s on schedule", grouped(int64(p.Rate))))
		} else {
			s = append(s, fmt.Sprintf("window %d", p.Window))
		}
		if p.Burst > 1 {
			s = append(s, fmt.Sprintf("bursts of %d", p.Burst))
		}
	}
	return strings.Join(s, ", ")
}

// String says 0, or what went wrong.
func (e Errors) String() string {
	if e.Sum() == 0 {
		return "0"
	}
	s := []string{}
	for _, c := range []struct {
		n    uint64
		name string
	}{
		{e.Lost, "lost"}, {e.Doubled, "duplicated"}, {e.Reordered, "reordered"}, {e.Altered, "altered"},
		{e.Answered, "answered with an error"}, {e.Misrouted, "misrouted"}, {e.Unknown, "unknown"}, {e.Broken, "connections broken"},
	} {
		if c.n > 0 {
			s = append(s, fmt.Sprintf("%s %s", grouped(int64(c.n)), c.name))
		}
	}
	return fmt.Sprintf("%s: %s", grouped(int64(e.Sum())), strings.Join(s, ", "))
}
