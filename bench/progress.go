// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"weir/bench/client"
)

// Reporter is told how a run goes on. It must return at once: it is called while
// the run is measured.
type Reporter interface {
	Stage(name string, d time.Duration) // d 0: it takes what it takes
	Update(at time.Duration, p client.Progress)
	Done()
}

// NewReporter makes a reporter for w: a bar with rate, percentiles and time left
// on a terminal, plain lines otherwise.
func NewReporter(w *os.File) Reporter {
	if term.IsTerminal(int(w.Fd())) {
		return &barReporter{w: w}
	}
	return &lineReporter{w: w}
}

// Quiet reports nothing.
type Quiet struct{}

func (Quiet) Stage(string, time.Duration)           {}
func (Quiet) Update(time.Duration, client.Progress) {}
func (Quiet) Done()                                 {}

// pace computes the rate between two looks.
type pace struct {
	at   time.Duration
	seen uint64
}

// begin notes what there was when a stage began.
func (p *pace) begin(seen uint64) { p.at, p.seen = 0, seen }

func (p *pace) rate(at time.Duration, seen uint64) float64 {
	d := at - p.at
	n := seen - p.seen
	p.at, p.seen = at, seen
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// describe is the line both reporters show.
func describe(rate float64, p client.Progress) string {
	s := grouped(int64(rate)) + "/s"
	if p.P50 > 0 {
		s += fmt.Sprintf("  p50 %s  p99 %s", short(p.P50), short(p.P99))
	}
	if p.Broken+p.Failed > 0 {
		s += fmt.Sprintf("  broken %d", p.Broken+p.Failed)
	}
	if p.Answered > 0 {
		s += fmt.Sprintf("  answered with errors %d", p.Answered)
	}
	return s
}

// counted is what the rate counts: stanzas, or connections if there are none.
func counted(p client.Progress) uint64 {
	if p.Delivered > 0 {
		return p.Delivered
	}
	return p.Opened
}
