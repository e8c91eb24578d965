// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"time"

	"weir/bench/client"
)

// resultFormat is raised when a reader of results must know.
const resultFormat = 1

// Result is what one run found. Times are in seconds, latencies in nanoseconds,
// sizes in bytes.
type Result struct {
	Format   int       `json:"format"`
	Scenario string    `json:"scenario"`
	Server   string    `json:"server"`          // its label
	Title    string    `json:"title,omitempty"` // of the scenario, in a set
	Round    int       `json:"round,omitempty"` // in a set, from 1
	Command  []string  `json:"command,omitempty"`
	Began    time.Time `json:"began"`
	Machine  Machine   `json:"machine"`
	Params   Params    `json:"params"`
	TLS      string    `json:"tls,omitempty"` // version and cipher that were agreed on

	Seconds     float64 `json:"seconds"`     // of the measured part
	Interrupted bool    `json:"interrupted"` // ended before its time
	Sent        uint64  `json:"sent"`        // in the measured part, as the next three
	Delivered   uint64  `json:"delivered"`
	Opened      uint64  `json:"opened,omitempty"` // connections
	BytesSent   uint64  `json:"bytes_sent"`
	BytesCame   uint64  `json:"bytes_received"`
	PerSecond   float64 `json:"per_second"` // what the scenario counts: stanzas, connections
	MegaPerSec  float64 `json:"megabytes_per_second"`

	Latency *Distribution `json:"latency,omitempty"`
	Late    *Distribution `json:"late,omitempty"` // how late the tool itself was, with a schedule
	Errors  Errors        `json:"errors"`
	Failed  string        `json:"failed,omitempty"` // why there are no figures
	Notes   []string      `json:"notes,omitempty"`

	ServerUse *Use     `json:"server_use,omitempty"`
	ToolUse   Use      `json:"tool_use"`
	Kernel    Kernel   `json:"kernel"`    // network stack of the machine, in the measured part
	Parsed    uint64   `json:"parsed"`    // stanzas compared by meaning, not by memory
	Rewritten uint64   `json:"rewritten"` // stanzas that came in other bytes than were sent, over the whole run
	Timeline  []Point  `json:"timeline,omitempty"`
	Idle      *Idle    `json:"idle,omitempty"`
	Slow      *Slow    `json:"slow,omitempty"`
	Storm     *Storm   `json:"storm,omitempty"`
	Restart   *Restart `json:"restart,omitempty"`
	Hostile   *Hostile `json:"hostile,omitempty"`
	Proof     *Proof   `json:"proof,omitempty"`
	Checks    []Check  `json:"checks,omitempty"` // lines that the scenario has beside the errors
}

// Params are the options a run was made with.
type Params struct {
	Pattern  Pattern `json:"pattern,omitempty"`
	Pairs    int     `json:"pairs,omitempty"`
	Size     int     `json:"size,omitempty"` // 0: a mix
	Shapes   int     `json:"shapes,omitempty"`
	Window   int     `json:"window,omitempty"`
	Burst    int     `json:"burst,omitempty"`
	Rate     float64 `json:"rate,omitempty"`
	TLS      bool    `json:"tls,omitempty"`
	Threads  int     `json:"threads"`
	Parallel int     `json:"parallel,omitempty"`
	Crowd    int     `json:"crowd,omitempty"`   // components without traffic
	Streams  float64 `json:"streams,omitempty"` // hostile ones a second
	Seconds  float64 `json:"seconds"`
	Warmup   float64 `json:"warmup"`
}

// Errors counts what must not happen, over the whole run. The first four fail
// it; so do the others, in the scenarios that do not provoke them.
type Errors struct {
	Lost      uint64 `json:"lost"`
	Doubled   uint64 `json:"duplicated"`
	Reordered uint64 `json:"reordered"`
	Altered   uint64 `json:"altered"`

	Answered  uint64 `json:"answered"`  // came back as an error
	Misrouted uint64 `json:"misrouted"` // arrived at another component
	Unknown   uint64 `json:"unknown"`   // stanzas that nobody sent
	Broken    uint64 `json:"broken"`    // connections that the server closed, or refused
}

func errorsOf(t client.Totals) Errors {
	return Errors{
		Lost: t.Lost, Doubled: t.Doubled, Reordered: t.Reordered, Altered: t.Altered,
		Answered: t.Answered, Misrouted: t.Misrouted, Unknown: t.Unknown, Broken: t.Failed,
	}
}

func (e Errors) plus(o Errors) Errors {
	return Errors{
		e.Lost + o.Lost, e.Doubled + o.Doubled, e.Reordered + o.Reordered, e.Altered + o.Altered,
		e.Answered + o.Answered, e.Misrouted + o.Misrouted, e.Unknown + o.Unknown, e.Broken + o.Broken,
	}
}

// Sum is the count of all errors.
func (e Errors) Sum() uint64 {
	return e.Lost + e.Doubled + e.Reordered + e.Altered + e.Answered + e.Misrouted + e.Unknown + e.Broken
}

// Use is processor time and memory in the measured part.
type Use struct {
	CPU        float64 `json:"cpu_seconds"`
	PerMillion float64 `json:"cpu_seconds_per_million"` // of what the scenario counts
	RSS        int64   `json:"rss,omitempty"`           // at its end
	PeakRSS    int64   `json:"peak_rss,omitempty"`      // since the process began
}

// Point is one sample of the course of a run.
type Point struct {
	At        float64 `json:"at"`           // seconds since the measured part began
	PerSecond float64 `json:"per_second"`   // delivered since the point before
	Up        int     `json:"up,omitempty"` // connections, where some go and come
	RSS       int64   `json:"rss,omitempty"`
}

// Unmeasured says that a run was interrupted before its measured part: it has no
// figures but its errors.
func (r *Result) Unmeasured() bool { return r.Interrupted && r.Seconds == 0 }

// take puts what a fleet found into a result.
func (r *Result) take(t client.Totals) {
	r.Errors = errorsOf(t)
	r.Notes = append(r.Notes, t.Notes...)
	r.Parsed, r.Rewritten, r.TLS = t.Parsed, t.Rewritten, t.TLS
	w := t.Window
	r.Seconds = w.Seconds
	r.Sent, r.Delivered = w.Sent, w.Delivered
	r.BytesSent, r.BytesCame = w.BytesOut, w.BytesIn
	if w.Seconds > 0 {
		r.PerSecond = float64(w.Delivered) / w.Seconds
		r.MegaPerSec = float64(w.BytesIn) / w.Seconds / 1e6
	}
	r.Latency = latencyOf(w.Latency)
	r.Late = latencyOf(w.Late)
}

// perMillion gives the use for each million of n, what the scenario counts.
func (r *Result) perMillion(n uint64) {
	if n == 0 {
		return
	}
	r.ToolUse.PerMillion = r.ToolUse.CPU / float64(n) * 1e6
	if r.ServerUse != nil {
		r.ServerUse.PerMillion = r.ServerUse.CPU / float64(n) * 1e6
	}
}
