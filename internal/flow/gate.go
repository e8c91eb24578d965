// SPDX-License-Identifier: Apache-2.0

package flow

import "weir/engine"

// Gate is one destination's congestion: who has how much waiting there. It
// implements engine.Gate and is used with the destination's outbox locked.
type Gate struct {
	marks *Marks
	wake  func(src uint32)
	held  func() int64
	alive func(src uint32) bool
	debts map[uint32]*debt
	audit int // with how many debtors it is looked who of them has gone
}

// auditLeast is the first such number: until then it is not worth a look.
const auditLeast = 64

// debt is what one source has to do with it. There is none for a source of which
// nothing waits and that was not told to hold.
type debt struct {
	bytes   int  // that wait
	leased  bool // its source is held
	refused bool // its lease is over
}

// NewGate opens a congestion. wake is called for every source that is still held
// when it ends; held tells the memory of all outboxes of the process, and alive
// whether a source is there still. All are called with the outbox locked.
func NewGate(marks *Marks, wake func(src uint32), held func() int64, alive func(src uint32) bool) *Gate {
	return &Gate{marks: marks, wake: wake, held: held, alive: alive, debts: make(map[uint32]*debt), audit: auditLeast}
}

// runMax is the largest run that is queued above Hard: what a source has in hand
// when it is told to hold. A larger one is a single large stanza, and goes back.
const runMax = 64 << 10

// Admit implements engine.Gate. The run with which a source passes its share is
// queued, and the source told to hold; should it bring another one before it
// does, it is told so again. Above the budget of the process nothing is queued
// for a peer that is behind.
func (g *Gate) Admit(src uint32, n, queued int) engine.Verdict {
	hard := queued+n > g.marks.Hard
	if g.refuses(src) || hard && n > runMax || g.held() > g.marks.Budget {
		return engine.Refused
	}
	d := g.debt(src)
	if !d.leased && d.bytes+n <= g.share() && !hard {
		return engine.Queued
	}
	d.leased = true
	return engine.Hold
}

func (g *Gate) refuses(src uint32) bool {
	d := g.debts[src]
	return d != nil && d.refused
}

func (g *Gate) debt(src uint32) *debt {
	d := g.debts[src]
	if d == nil {
		if len(g.debts) >= g.audit {
			g.strikeOff()
		}
		d = new(debt)
		g.debts[src] = d
	}
	return d
}

// strikeOff forgets the sources that have gone and of which nothing waits: one that
// was refused would else stay until the congestion ends, and one that comes back again
// and again be many debtors, who leave everybody the smallest share. It looks anew
// when there are twice as many.
func (g *Gate) strikeOff() {
	for src, d := range g.debts {
		if d.bytes == 0 && !g.alive(src) {
			delete(g.debts, src)
		}
	}
	g.audit = max(auditLeast, 2*len(g.debts))
}

// share is what one source may have waiting here.
func (g *Gate) share() int { return max(g.marks.Share, g.marks.High/len(g.debts)) }

// Charge implements engine.Gate.
func (g *Gate) Charge(src uint32, n int) { g.debt(src).bytes += n }

// Pay implements engine.Gate: a source that brings no more than the receiver
// takes is never over its share, however long the receiver stays a little behind.
func (g *Gate) Pay(src uint32, n int) {
	d := g.debts[src]
	d.bytes -= n
	if d.bytes < 0 {
		panic("flow: a source has paid more than it was charged")
	}
	if d.bytes == 0 && !d.leased && !d.refused {
		delete(g.debts, src)
	}
}

// LeaseOver is called when a source has been held for as long as it may be.
func (g *Gate) LeaseOver(src uint32) {
	if d := g.debts[src]; d != nil && d.leased { // else this is another congestion
		d.leased, d.refused = false, true
	}
}

// Low implements engine.Gate.
func (g *Gate) Low() {
	for src, d := range g.debts {
		if d.leased {
			g.wake(src)
		}
	}
	g.debts = nil
}
