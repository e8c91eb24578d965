// SPDX-License-Identifier: Apache-2.0

package client

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latencies are held in nanoseconds, three significant digits, up to a minute;
// longer ones count as a minute.
const (
	latencyMax    = int64(time.Minute)
	latencyDigits = 3
)

// NewHistogram makes an empty histogram of nanoseconds.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, latencyMax, latencyDigits)
}

// counters are a loop's own, and plain.
type counters struct {
	sent, delivered, answered uint64
	bytesIn, bytesOut         uint64
	ups, downs                uint64 // connections that came up; that broke while up
	failed                    uint64 // connections that did not come up, or broke
}

func (c counters) since(b counters) counters {
	return counters{
		c.sent - b.sent, c.delivered - b.delivered, c.answered - b.answered,
		c.bytesIn - b.bytesIn, c.bytesOut - b.bytesOut, c.ups - b.ups, c.downs - b.downs, c.failed - b.failed,
	}
}

// published is what other threads may read at any time.
type published struct {
	sent, delivered, answered, ups, downs, failed atomic.Uint64
	p50, p99, max, alive                          atomic.Int64
	drained                                       atomic.Bool // nothing is under way any more
}

const quantilesEvery = int64(200 * time.Millisecond)

func (l *loop) publish() {
	l.pub.sent.Store(l.count.sent)
	l.pub.delivered.Store(l.count.delivered)
	l.pub.answered.Store(l.count.answered)
	l.pub.ups.Store(l.count.ups)
	l.pub.downs.Store(l.count.downs)
	l.pub.failed.Store(l.count.failed)
	l.pub.alive.Store(int64(l.alive))
	if l.phase >= phaseDrain {
		l.pub.drained.Store(l.alive == 0 || !l.anyMissing())
	}
	if l.now-l.quantilesAt >= quantilesEvery && l.hist.TotalCount() > 0 {
		l.quantilesAt = l.now
		l.pub.p50.Store(l.hist.ValueAtQuantile(50))
		l.pub.p99.Store(l.hist.ValueAtQuantile(99))
		l.pub.max.Store(l.hist.Max())
	}
}

func (l *loop) anyMissing() bool {
	return slices.ContainsFunc(l.lanes, func(ln *lane) bool { return ln.flow.Missing() > 0 })
}

// window is the measured part of a run, as one loop saw it.
type window struct {
	on     bool
	from   int64
	base   counters
	to     int64
	counts counters
}

// measure follows the fleet's wish to begin or end the measured part.
func (l *loop) measure(on bool) {
	if on == l.win.on {
		return
	}
	l.now = clock()
	l.win.on = on
	if on {
		l.win.from, l.win.base = l.now, l.count
		l.hist.Reset()
		l.late.Reset()
		return
	}
	l.win.to, l.win.counts = l.now, l.count.since(l.win.base)
}

// record notes one latency, if this is the measured part.
func (l *loop) record(h *hdrhistogram.Histogram, ns int64) {
	if l.win.on {
		_ = h.RecordValue(min(max(ns, 1), latencyMax)) // cannot fail inside the bounds
	}
}
