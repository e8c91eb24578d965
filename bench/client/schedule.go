// SPDX-License-Identifier: Apache-2.0

package client

import "time"

// schedule says when the stanzas of an open loop are meant to be sent. Stanza k
// of a loop goes out k intervals after the start; bursts of them go to one lane
// after the other. When stanza n of a lane was meant to be sent follows from n,
// so nothing is kept per stanza.
type schedule struct {
	start    int64
	interval float64 // nanoseconds from one stanza of this loop to the next
	lanes    []*lane
	burst    int
	next     int64 // burst that is due next
}

// due gives the time of a burst.
func (s *schedule) due(burst int64) int64 {
	return s.start + int64(float64(burst)*float64(s.burst)*s.interval)
}

// of gives the time that stanza n of a lane was meant to be sent at.
func (s *schedule) of(lane int, n uint64) int64 {
	return s.due(int64(n)/int64(s.burst)*int64(len(s.lanes)) + int64(lane))
}

// plan gives the loops their shares of the rate.
func (f *Fleet) plan() {
	if f.cfg.Rate == 0 {
		return
	}
	all := 0
	for _, l := range f.loops {
		s := &schedule{burst: f.cfg.Burst}
		for _, ln := range l.lanes {
			if ln.kind == Usual {
				ln.index = len(s.lanes)
				s.lanes = append(s.lanes, ln)
			}
		}
		all += len(s.lanes)
		if len(s.lanes) > 0 {
			l.sched = s
		}
	}
	for _, l := range f.loops {
		if l.sched != nil {
			l.sched.interval = float64(time.Second) / (f.cfg.Rate * float64(len(l.sched.lanes)) / float64(all))
		}
	}
}

// dueMost is how many of a lane are recorded one by one when a period ends; of more,
// every few stand for all.
const dueMost = 100_000

// recordDue notes how late by now is what was due and has not arrived. What arrives
// later belongs to no period: without this, a server that stalls until the end would
// be as quick as it was before.
func (l *loop) recordDue() {
	if l.sched == nil || l.phase != phaseRun {
		return
	}
	for _, ln := range l.sched.lanes {
		end := ln.flow.Sent() + ln.owed
		first := ln.flow.Sent() - ln.flow.Missing() // streams keep their order
		step := (end-first)/dueMost + 1
		for n := first; n < end; n += step {
			recordMany(l.period.hist, l.now-l.sched.of(ln.index, n), int64(min(step, end-n)))
		}
	}
}

// owe gives the lanes what is due by now.
func (l *loop) owe() {
	for s := l.sched; s.due(s.next) <= l.now; s.next++ {
		ln := s.lanes[s.next%int64(len(s.lanes))]
		ln.owed += uint64(s.burst)
		l.recordLate(l.now - s.due(s.next))
		l.wake(ln)
	}
}
