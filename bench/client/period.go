// SPDX-License-Identifier: Apache-2.0

package client

import (
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

// period is one measured part of a run, as one loop saw it.
type period struct {
	from, to     int64
	base, counts counters
	hist, late   *hdrhistogram.Histogram // latency; how late an open loop's sends were

	silence   int64 // the longest without a delivery
	heardAt   int64 // when there was one last
	delivered uint64
}

// measure follows the fleet's wish to begin the next period, or to end the last.
func (l *loop) measure(number int) {
	if number == l.measuring {
		return
	}
	l.now = clock()
	if p := l.period; p != nil {
		l.recordDue()
		p.to, p.counts = l.now, l.count.since(p.base)
		p.silence = max(p.silence, l.now-p.heardAt)
		l.period = nil
	}
	l.measuring = number
	if number == 0 {
		return
	}
	for len(l.periods) < number { // all but the last passed while this loop did not look
		l.periods = append(l.periods, &period{
			from: l.now, to: l.now, base: l.count, hist: NewHistogram(), late: NewHistogram(),
			heardAt: l.now, delivered: l.count.delivered,
		})
	}
	l.period = l.periods[number-1]
}

// listen notes how long nothing was delivered.
func (p *period) listen(now int64, delivered uint64) {
	if delivered == p.delivered {
		return
	}
	p.silence = max(p.silence, now-p.heardAt)
	p.heardAt, p.delivered = now, delivered
}

// recordLatency notes how long a stanza, or a connection, took.
func (l *loop) recordLatency(ns int64) {
	if l.period != nil {
		record(l.period.hist, ns)
	}
}

// recordLate notes how late this tool was.
func (l *loop) recordLate(ns int64) {
	if l.period != nil {
		record(l.period.late, ns)
	}
}

func record(h *hdrhistogram.Histogram, ns int64) { recordMany(h, ns, 1) }

func recordMany(h *hdrhistogram.Histogram, ns, times int64) {
	_ = h.RecordValues(min(max(ns, 1), latencyMax), times) // cannot fail inside the bounds
}
