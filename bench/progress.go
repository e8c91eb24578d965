// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
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
		s += fmt.Sprintf("  broken %d", p.Failed)
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

// lineEvery is how often a plain line is written.
const lineEvery = time.Second

type lineReporter struct {
	w     io.Writer
	stage string
	total time.Duration
	pace  pace
}

func (l *lineReporter) Stage(name string, d time.Duration) {
	l.stage, l.total = name, d
}

func (l *lineReporter) Update(at time.Duration, p client.Progress) {
	switch {
	case at == 0:
		l.pace.begin(counted(p))
	case at-l.pace.at >= lineEvery:
		fmt.Fprintf(l.w, "%s %s  %s\n", l.stage, span(at, l.total), describe(l.pace.rate(at, counted(p)), p))
	}
}

func (l *lineReporter) Done() {}

// barTheme uses characters that every font has.
var barTheme = progressbar.Theme{Saucer: "=", SaucerHead: ">", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}

// barEvery is how often the bar is drawn.
const barEvery = 200 * time.Millisecond

type barReporter struct {
	w     io.Writer
	stage string
	bar   *progressbar.ProgressBar
	pace  pace
}

func (b *barReporter) Stage(name string, d time.Duration) {
	b.Done()
	b.stage = name
	total := int64(d)
	if d == 0 {
		total = -1 // a spinner
	}
	b.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(b.w), progressbar.OptionSetWidth(20), progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetDescription(fmt.Sprintf("%-8s", name)), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetTheme(barTheme))
}

func (b *barReporter) Update(at time.Duration, p client.Progress) {
	if at == 0 {
		b.pace.begin(counted(p))
	}
	if b.bar == nil || at-b.pace.at < barEvery {
		return
	}
	b.bar.Describe(fmt.Sprintf("%-8s %s", b.stage, describe(b.pace.rate(at, counted(p)), p)))
	_ = b.bar.Set64(int64(at))
}

func (b *barReporter) Done() {
	if b.bar != nil {
		_ = b.bar.Clear()
		b.bar = nil
	}
}

// span says how far a stage is.
func span(at, total time.Duration) string {
	if total == 0 {
		return fmt.Sprintf("%.0f s", at.Seconds())
	}
	return fmt.Sprintf("%.0f/%.0f s", at.Seconds(), total.Seconds())
}

// grouped writes a number with a comma at every thousand.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 && s[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// short writes a time with three digits at most and its unit.
func short(d time.Duration) string {
	switch us := float64(d) / float64(time.Microsecond); {
	case us < 100:
		return fmt.Sprintf("%.1f us", us)
	case us < 10e3:
		return fmt.Sprintf("%.0f us", us)
	case us < 10e6:
		return fmt.Sprintf("%.1f ms", us/1e3)
	default:
		return fmt.Sprintf("%.1f s", us/1e6)
	}
}
