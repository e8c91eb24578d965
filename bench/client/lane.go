// SPDX-License-Identifier: Apache-2.0

package client

import "weir/bench/traffic"

// lane sends the stanzas of one flow. Owned by the loop of both its ends.
type lane struct {
	flow  *traffic.Flow
	from  *conn
	index int  // among the lanes of its loop, for the schedule
	ready bool // stands in from.ready
	flood bool // sends only during the flood, and is counted apart

	window uint64 // closed loop: at most so many without a verdict; 0 is open loop
	burst  uint64 // closed loop: waits until it may send so many at once
	owed   uint64 // open loop: due and not sent

	// Closed loop: one stanza at a time is timed, picked at random among the next
	// window; all of them if the window is one.
	probe   uint64
	probeAt int64
}

// may says how many stanzas the lane may send now.
func (ln *lane) may() uint64 {
	if ln.window == 0 {
		return ln.owed
	}
	out := ln.flow.Missing()
	if out >= ln.window {
		return 0
	}
	return ln.window - out
}

// next writes the next stanza.
func (ln *lane) next(b []byte, now int64) []byte {
	if ln.window == 0 {
		ln.owed--
	} else if ln.flow.Sent() == ln.probe {
		ln.probeAt = now
	}
	return ln.flow.Append(b)
}

// probeNext picks the stanza to be timed next.
func (ln *lane) probeNext() {
	sent := ln.flow.Sent()
	ln.probe = sent + (sent*0x9e3779b97f4a7c15>>40)%ln.window
}

// wake puts the lane on the list of those that may send. A lane with bursts
// waits until the whole burst is free.
func (l *loop) wake(ln *lane) {
	if ln.ready || ln.flood && !l.flooding || ln.from.state != stateUp || ln.may() < max(1, ln.burst) {
		return
	}
	ln.ready = true
	ln.from.ready = append(ln.from.ready, ln)
	l.queue(ln.from)
}

// queue puts a connection on the list of those with something to send.
func (l *loop) queue(c *conn) {
	if !c.queued && len(c.ready) > 0 {
		c.queued = true
		l.dirty = append(l.dirty, c)
	}
}

// schedule says when the stanzas of an open loop are meant to be sent. Stanza k
// of a loop goes out k intervals after the start; bursts of them go to one lane
// after the other. When stanza n of a lane was meant to be sent follows from n,
// so nothing is kept per stanza.
type schedule struct {
	start    int64
	interval float64 // nanoseconds from one stanza of this loop to the next
	lanes    int
	burst    int
	next     int64 // burst that is due next
}

// due gives the time of a burst.
func (s *schedule) due(burst int64) int64 {
	return s.start + int64(float64(burst)*float64(s.burst)*s.interval)
}

// of gives the time that stanza n of a lane was meant to be sent at.
func (s *schedule) of(lane int, n uint64) int64 {
	return s.due(int64(n)/int64(s.burst)*int64(s.lanes) + int64(lane))
}
