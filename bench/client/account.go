// SPDX-License-Identifier: Apache-2.0

package client

import (
	"slices"
	"sync/atomic"
	"time"
)

// counters are a loop's own, and plain.
type counters struct {
	sent, delivered, answered uint64
	bytesIn, bytesOut         uint64
	ups, downs                uint64 // connections that came up; that broke while up, and are redialled
	failed                    uint64 // connections that did not come up, or broke for good
	retries                   uint64 // attempts to come back that failed
	drowned                   uint64 // flooded connections that were cut
}

func (c counters) since(b counters) counters {
	return counters{
		c.sent - b.sent, c.delivered - b.delivered, c.answered - b.answered,
		c.bytesIn - b.bytesIn, c.bytesOut - b.bytesOut, c.ups - b.ups, c.downs - b.downs,
		c.failed - b.failed, c.retries - b.retries, c.drowned - b.drowned,
	}
}

// published is what other threads may read at any time.
type published struct {
	sent, delivered, answered, ups, downs, failed, retries, bytesIn atomic.Uint64
	p50, p99, max, alive, up, cut                                   atomic.Int64
	settled                                                         atomic.Int32 // the phase in which nothing is under way any more, and nothing is left to send
}

const quantilesEvery = int64(200 * time.Millisecond)

func (l *loop) publish() {
	l.pub.sent.Store(l.count.sent)
	l.pub.delivered.Store(l.count.delivered)
	l.pub.answered.Store(l.count.answered)
	l.pub.ups.Store(l.count.ups)
	l.pub.downs.Store(l.count.downs)
	l.pub.failed.Store(l.count.failed)
	l.pub.retries.Store(l.count.retries)
	l.pub.bytesIn.Store(l.count.bytesIn)
	l.pub.alive.Store(int64(l.alive))
	l.pub.up.Store(int64(l.up))
	l.pub.cut.Store(int64(l.cut))
	if l.phase > phaseRun && (l.alive == 0 || !l.anyMissing()) {
		l.pub.settled.Store(int32(l.phase))
	}
	if p := l.period; p != nil && l.now-l.quantilesAt >= quantilesEvery && p.hist.TotalCount() > 0 {
		l.quantilesAt = l.now
		l.pub.p50.Store(p.hist.ValueAtQuantile(50))
		l.pub.p99.Store(p.hist.ValueAtQuantile(99))
		l.pub.max.Store(p.hist.Max())
	}
}

// anyMissing says whether a stanza has no verdict yet, or is still to be sent.
func (l *loop) anyMissing() bool {
	return slices.ContainsFunc(l.lanes, func(ln *lane) bool {
		return ln.flow.Missing() > 0 || l.phase == phaseProve && ln.kind == Proof && ln.may() > 0 && l.ends(ln)
	})
}
