// SPDX-License-Identifier: Apache-2.0

package client

import (
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"weir/bench/traffic"
)

// Part is what became of the stanzas of some lanes.
type Part struct {
	Sent, Delivered, Answered, Lost uint64
	WrittenOff                      uint64 // was under way when a connection was cut, and never seen again
}

func (p *Part) add(f *traffic.Flow) {
	p.Sent += f.Sent()
	p.Delivered += f.Delivered()
	p.Answered += f.Answered()
	p.Lost += f.Missing()
	p.WrittenOff += f.WrittenOff()
}

// Totals is what a run came to. Counts are of the whole run but for Window and
// Periods.
type Totals struct {
	Part
	Flood                       Part // of the flooding lanes, which are not in the above
	Proof                       Part // of the proof lanes, which are
	Doubled, Reordered          uint64
	Altered, Misrouted, Unknown uint64
	Parsed, Rewritten           uint64                  // compared by meaning; came in other bytes
	Opened, Broken, Failed      uint64                  // connections: came up; broke and were redialled; broke for good, or were not opened
	Drowned                     uint64                  // flooded connections that were cut, which are in none of these
	Retries                     uint64                  // of connections that were cut: attempts that failed
	Returns                     *hdrhistogram.Histogram `json:"-"` // how long connections that were cut were away
	Notes                       []string
	TLS                         string   // version and cipher; empty: none
	Window                      Period   // all that was measured
	Periods                     []Period // its parts, in their order
}

// Period is what was measured in one part of a run.
type Period struct {
	Seconds           float64
	Silence           time.Duration // the longest in which nothing was delivered
	Sent, Delivered   uint64
	Answered, Opened  uint64
	BytesIn, BytesOut uint64
	Latency, Late     *hdrhistogram.Histogram `json:"-"`
}

// Sum adds up the loops. Only after Close. Doubled, reordered and altered stanzas
// are those of all lanes.
func (f *Fleet) Sum() Totals {
	t := NewTotals()
	for range f.measured() {
		t.Periods = append(t.Periods, newPeriod())
	}
	for _, l := range f.loops {
		t.add(l)
	}
	for i := range t.Periods {
		t.Window.follow(&t.Periods[i])
	}
	for _, ln := range f.lanes {
		switch ln.kind {
		case Flood:
			t.Flood.add(ln.flow)
		case Proof:
			t.Proof.add(ln.flow)
			t.Part.add(ln.flow)
		default:
			t.Part.add(ln.flow)
		}
		t.Doubled += ln.flow.Doubled()
		t.Reordered += ln.flow.Reordered()
	}
	return t
}

// measured is how many periods the run had.
func (f *Fleet) measured() (most int) {
	for _, l := range f.loops {
		most = max(most, len(l.periods))
	}
	return most
}

func (t *Totals) add(l *loop) {
	t.Altered += l.verdict.Altered
	t.Misrouted += l.verdict.Misrouted
	t.Unknown += l.verdict.Unknown
	t.Parsed += l.verdict.Parsed
	t.Rewritten += l.verdict.Rewritten
	t.Notes = append(t.Notes, l.verdict.Notes...)
	t.Opened += l.count.ups
	t.Broken += l.count.downs
	t.Failed += l.count.failed
	t.Retries += l.count.retries
	t.Drowned += l.count.drowned
	t.Returns.Merge(l.returns)
	t.TLS = max(t.TLS, l.tls)
	for i, p := range l.periods {
		t.Periods[i].beside(p)
		if l.carries() {
			t.Periods[i].Silence = max(t.Periods[i].Silence, time.Duration(p.silence))
		}
	}
}

// NewTotals are those of a run without connections.
func NewTotals() Totals { return Totals{Returns: NewHistogram(), Window: newPeriod()} }

// Join adds what another process came to, but for what it measured.
func (t *Totals) Join(o *Totals) {
	t.Part.join(o.Part)
	t.Flood.join(o.Flood)
	t.Proof.join(o.Proof)
	t.Doubled += o.Doubled
	t.Reordered += o.Reordered
	t.Altered += o.Altered
	t.Misrouted += o.Misrouted
	t.Unknown += o.Unknown
	t.Parsed += o.Parsed
	t.Rewritten += o.Rewritten
	t.Opened += o.Opened
	t.Broken += o.Broken
	t.Failed += o.Failed
	t.Retries += o.Retries
	t.Drowned += o.Drowned
	t.Notes = append(t.Notes, o.Notes...)
	t.TLS = max(t.TLS, o.TLS)
}

// carries says whether something is to be delivered on this loop all the time.
func (l *loop) carries() bool {
	return slices.ContainsFunc(l.lanes, func(ln *lane) bool { return ln.kind == Usual })
}

func (p *Part) join(o Part) {
	p.Sent += o.Sent
	p.Delivered += o.Delivered
	p.Answered += o.Answered
	p.Lost += o.Lost
	p.WrittenOff += o.WrittenOff
}

func newPeriod() Period { return Period{Latency: NewHistogram(), Late: NewHistogram()} }

// beside adds what another loop measured in the same time.
func (p *Period) beside(o *period) {
	p.Seconds = max(p.Seconds, float64(o.to-o.from)/float64(time.Second))
	p.count(o.counts)
	p.Latency.Merge(o.hist)
	p.Late.Merge(o.late)
}

func (p *Period) count(c counters) {
	p.Sent += c.sent
	p.Delivered += c.delivered
	p.Answered += c.answered
	p.Opened += c.ups
	p.BytesIn += c.bytesIn
	p.BytesOut += c.bytesOut
}

// follow adds the period that came next.
func (p *Period) follow(o *Period) {
	p.Seconds += o.Seconds
	p.Silence = max(p.Silence, o.Silence)
	p.Sent += o.Sent
	p.Delivered += o.Delivered
	p.Answered += o.Answered
	p.Opened += o.Opened
	p.BytesIn += o.BytesIn
	p.BytesOut += o.BytesOut
	p.Latency.Merge(o.Latency)
	p.Late.Merge(o.Late)
}

// Progress is how far a run is. Quantiles are of the present period, of the worst
// loop.
type Progress struct {
	Sent, Delivered, Answered uint64
	Opened, Broken, Failed    uint64
	Retries                   uint64
	Alive                     int // connections that have a socket
	Up                        int // connections whose handshake was accepted
	Cut                       int // lanes that have delivered nothing since one of their ends was cut
	P50, P99, Max             time.Duration
}

// Progress looks at the published counters.
func (f *Fleet) Progress() Progress {
	var p Progress
	for _, l := range f.loops {
		p.Sent += l.pub.sent.Load()
		p.Delivered += l.pub.delivered.Load()
		p.Answered += l.pub.answered.Load()
		p.Opened += l.pub.ups.Load()
		p.Broken += l.pub.downs.Load()
		p.Failed += l.pub.failed.Load()
		p.Retries += l.pub.retries.Load()
		p.Alive += int(l.pub.alive.Load())
		p.Up += int(l.pub.up.Load())
		p.Cut += int(l.pub.cut.Load())
		p.P50 = max(p.P50, time.Duration(l.pub.p50.Load()))
		p.P99 = max(p.P99, time.Duration(l.pub.p99.Load()))
		p.Max = max(p.Max, time.Duration(l.pub.max.Load()))
	}
	return p
}
