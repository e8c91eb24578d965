// SPDX-License-Identifier: Apache-2.0

package client

import "weir/bench/traffic"

// lane sends the stanzas of one flow. Owned by the loop of both its ends.
type lane struct {
	flow     *traffic.Flow
	from, to *conn
	kind     LaneKind
	index    int    // among the lanes of its loop's schedule
	ready    bool   // stands in from.ready
	cut      bool   // an end was cut, and nothing that was sent since has arrived
	cutAt    uint64 // number of the first stanza sent since

	window uint64 // closed loop: at most so many without a verdict; 0 is open loop
	burst  uint64 // closed loop: waits until it may send so many at once
	limit  uint64 // sends no more than this in all; 0 is no limit
	owed   uint64 // open loop: due and not sent

	// Closed loop: one stanza at a time is timed, picked at random among the next
	// window; all of them if the window is one.
	probe   uint64
	probeAt int64
}

// newLane makes the lane of a flow as its kind wants it.
func (f *Fleet) newLane(flow *traffic.Flow) *lane {
	ln := &lane{flow: flow, from: f.conns[flow.Source], to: f.conns[flow.Target], kind: f.cfg.kind(flow)}
	switch {
	case ln.kind == Flood:
		ln.window = floodWindow
	case ln.kind == Proof:
		ln.window, ln.limit = proofStanzas, proofStanzas
	case f.cfg.Rate == 0:
		ln.window = uint64(max(f.cfg.Window, 1))
		ln.burst = min(uint64(f.cfg.Burst), ln.window)
	}
	return ln
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
	if ln.limit > 0 {
		return min(ln.window-out, ln.limit-ln.flow.Sent())
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
	ln.probeAt = 0
}

// sends says whether lanes of a kind send now.
func (l *loop) sends(kind LaneKind) bool {
	switch kind {
	case Flood:
		return l.phase == phaseRun && l.flooding
	case Proof:
		return l.phase == phaseProve
	}
	return l.phase == phaseRun
}

// ends says whether a lane has somebody to send from and to. Who is to redial
// waits for the receiver too: a server rightly answers what is for nobody.
func (l *loop) ends(ln *lane) bool {
	return ln.from.state == stateUp && (!l.fleet.cfg.Redial || ln.to.state == stateUp)
}

// wake puts the lane on the list of those that may send. A lane with bursts
// waits until the whole burst is free.
func (l *loop) wake(ln *lane) {
	if ln.ready || !l.sends(ln.kind) || !l.ends(ln) || ln.may() < max(1, ln.burst) {
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
