// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"strings"
	"time"
)

// figure is one number of a result that can be compared.
type figure struct {
	name  string
	value func(*Result) (float64, bool)
	show  func(float64) string
	ratio bool // one server's by another's says something
}

// figuresOf gives what is shown of a scenario.
func figuresOf(scenario string) []figure {
	switch scenario {
	case "forward", "soak":
		return []figure{rateOf("stanzas"), cpuFigure}
	case "latency":
		return []figure{
			percentile("p50", func(d *Distribution) int64 { return d.P50 }),
			percentile("p99", func(d *Distribution) int64 { return d.P99 }),
		}
	case "connect":
		return []figure{rateOf("connections")}
	case "idle":
		return idleFigures
	case "slow":
		return slowFigures
	case "storm":
		return stormFigures
	case "restart":
		return restartFigures
	case "hostile":
		return hostileFigures
	}
	return nil
}

// Headline says what a run found in one line: what is compared of it, and what went
// wrong.
func (r *Result) Headline() string {
	var parts []string
	for _, f := range figuresOf(r.Scenario) {
		if v, ok := f.value(r); ok {
			parts = append(parts, f.name+" "+f.show(v))
		}
	}
	return strings.Join(append(parts, "errors "+r.faults()), "; ")
}

func rateOf(what string) figure {
	return figure{what + "/s", func(r *Result) (float64, bool) { return r.PerSecond, true },
		func(v float64) string { return grouped(int64(v)) }, true}
}

var cpuFigure = figure{"server CPU s per million", func(r *Result) (float64, bool) {
	if r.ServerUse == nil {
		return 0, false
	}
	return r.ServerUse.PerMillion, true
}, func(v float64) string { return fmt.Sprintf("%.3g", v) }, true}

func percentile(name string, pick func(*Distribution) int64) figure {
	return figure{name, func(r *Result) (float64, bool) {
		if r.Latency == nil {
			return 0, false
		}
		return float64(pick(r.Latency)), true
	}, nanoseconds, true}
}

func nanoseconds(v float64) string { return short(time.Duration(v)) }

func seconds(v float64) string { return short(time.Duration(v * float64(time.Second))) }

func percent(v float64) string { return fmt.Sprintf("%.0f %%", v) }

func count(v float64) string { return grouped(int64(v)) }

var idleFigures = []figure{{"KiB a connection", func(r *Result) (float64, bool) {
	if r.Idle == nil || r.Idle.RSSBefore == 0 {
		return 0, false
	}
	return r.Idle.PerConn / 1024, true
}, func(v float64) string { return fmt.Sprintf("%.1f", v) }, true}}

var slowFigures = []figure{
	{"good pairs keep", func(r *Result) (float64, bool) {
		if r.Slow == nil {
			return 0, false
		}
		return 100 * r.Slow.During / max(r.Slow.Before, 1), true
	}, percent, false},
	{"memory grows by", func(r *Result) (float64, bool) {
		if r.Slow == nil || r.ServerUse == nil {
			return 0, false
		}
		return mib(r.Slow.Growth), true
	}, func(v float64) string { return fmt.Sprintf("%.1f MiB", v) }, false},
}

var stormFigures = []figure{
	{"all are back after", func(r *Result) (float64, bool) {
		if r.Storm == nil || r.Storm.Missing > 0 {
			return 0, false
		}
		return r.Storm.Back, true
	}, seconds, false},
	{"good p99 before", func(r *Result) (float64, bool) {
		if r.Storm == nil {
			return 0, false
		}
		return float64(r.Storm.Before.P99), true
	}, nanoseconds, false},
	{"good p99 meanwhile", func(r *Result) (float64, bool) {
		if r.Storm == nil {
			return 0, false
		}
		return float64(r.Storm.During.P99), true
	}, nanoseconds, false},
}

var restartFigures = []figure{
	{"whole again after", func(r *Result) (float64, bool) {
		if r.Restart == nil || r.Restart.Missing > 0 || r.Restart.Unfinished {
			return 0, false
		}
		return r.Restart.Whole, true
	}, seconds, false},
	{"lost of what was under way", func(r *Result) (float64, bool) {
		if r.Restart == nil {
			return 0, false
		}
		return float64(r.Restart.Lost), true
	}, count, false},
}

var hostileFigures = []figure{
	{"good pairs keep", func(r *Result) (float64, bool) {
		if r.Hostile == nil {
			return 0, false
		}
		return 100 * r.Hostile.During.PerSecond / max(r.Hostile.Before.PerSecond, 1), true
	}, percent, false},
	{"good p99 before", func(r *Result) (float64, bool) {
		if r.Hostile == nil {
			return 0, false
		}
		return float64(r.Hostile.Before.P99), true
	}, nanoseconds, false},
	{"good p99 meanwhile", func(r *Result) (float64, bool) {
		if r.Hostile == nil {
			return 0, false
		}
		return float64(r.Hostile.During.P99), true
	}, nanoseconds, false},
}
