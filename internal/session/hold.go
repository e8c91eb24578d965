// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/flow"
	"weir/internal/shaper"
)

// Why a stream is not read.
const (
	holdLease   engine.Reason = 1 << iota // it has more than its share waiting somewhere
	holdAnswers                           // it does not read our answers
	holdRate                              // it has caused more answers than its budget
	holdShape                             // its shaper is overdrawn
	holdAcross                            // another node is behind with what it sends there
	holdClaim                             // whose its name is has not been decided
)

// HeldFor names the reasons for which the stream is not read now.
func (s *Session) HeldFor() (words []string) {
	for _, r := range []struct {
		bit  engine.Reason
		word string
	}{{holdLease, "receiver-behind"}, {holdAnswers, "answers-unread"}, {holdRate, "answer-rate"}, {holdShape, "shaper"}, {holdAcross, "node-behind"}, {holdClaim, "claim"}} {
		if s.conn.Held()&r.bit != 0 {
			words = append(words, r.word)
		}
	}
	return words
}

// slow is what only some sessions need: a shaper, the budget of answers, and the
// names that were proved before the stream began.
type slow struct {
	lease flow.Lease[*engine.Conn]

	bound  bool // to the names in proven
	proven []string

	shape      shaper.Bucket
	shapeTimer engine.Timer

	limits    *AnswerLimits // that the next two were made by
	answers   shaper.Bucket // a second
	bytes     shaper.Bucket // of answers a second
	rateTimer engine.Timer

	claimed     []string // in a cluster: the names that are ours there, or may be
	claimant    uint64   // the instance for which they are
	undecided   bool     // whether they are
	acrossTimer engine.Timer
}

func (s *Session) slowed() *slow {
	if s.slow == nil {
		s.slow = new(slow)
	}
	return s.slow
}

// holdFor stops reading because dest is behind and we have more than our share
// waiting there.
func (s *Session) holdFor(dest *engine.Conn) {
	if !s.slowed().lease.Take(dest) {
		return
	}
	s.local.Count.Held++
	l := s.conn.Loop()
	s.conn.Hold(holdLease)
	s.timer.Fire = s.leaseOver
	l.Arm(&s.timer, l.Now()+s.local.hub.Limits().Marks.Lease.Nanoseconds())
}

// leaseOver reads again, although somebody is still behind: what comes for that
// one is refused from now on.
func (s *Session) leaseOver() {
	defer s.conn.Guard()
	if s.slow == nil {
		return
	}
	for _, dest := range s.slow.lease.End() {
		dest.WithGate(func(g engine.Gate) { g.(*gate).LeaseOver(s.conn.ID()) })
	}
	s.conn.Resume(holdLease)
}

// holdUntil stops reading for a reason until a time.
func (s *Session) holdUntil(why engine.Reason, t *engine.Timer, at int64) {
	s.conn.Hold(why)
	if t.Fire == nil {
		t.Fire = func() {
			defer s.conn.Guard()
			s.conn.Resume(why)
		}
	}
	s.conn.Loop().Arm(t, at)
}

// shape charges n bytes read to the shaper and sets the next bite.
func (s *Session) shape(n int) {
	if s.slow == nil || !s.slow.shape.Shaped() || s.ended {
		return
	}
	now, b := s.conn.Loop().Now(), &s.slow.shape
	b.Spend(now, n)
	s.bite()
}

// bite lets the next read take what the shaper has, or stops reading until there
// is something to take.
func (s *Session) bite() {
	l, slow := s.conn.Loop(), s.slow
	if n := slow.shape.Max(l.Now()); n > 0 {
		s.waits.Store(false)
		s.conn.Bite(n)
		return
	}
	s.conn.Hold(holdShape)
	s.waits.Store(true) // until a read leaves something of what it may take
	s.local.Count.ShaperDelay += slow.shape.Wait(l.Now()).Nanoseconds()
	slow.shapeTimer.Fire = func() {
		defer s.conn.Guard()
		if n := slow.shape.Max(l.Now()); n > 0 {
			s.conn.Bite(n)
			s.conn.Resume(holdShape)
			return
		}
		s.bite()
	}
	l.Arm(&slow.shapeTimer, l.Now()+slow.shape.Wait(l.Now()).Nanoseconds())
}

// dropHolds lets go of everything that would wake us.
func (s *Session) dropHolds() {
	l := s.conn.Loop()
	if s.slow != nil {
		s.slow.lease.End()
		l.Disarm(&s.slow.shapeTimer)
		l.Disarm(&s.slow.rateTimer)
		l.Disarm(&s.slow.acrossTimer)
	}
}
