// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/shaper"
	"weir/internal/stanza"
	"weir/internal/wire"
	"weir/xmlscan"
)

// refuse answers a stanza with an error, on the connection it came in on,
// whatever its sender says it is.
func (s *Session) refuse(st *xmlscan.Stanza, e wire.StanzaError) {
	if !stanza.TakesError(st) || s.uplink() != nil && !s.mayAnswerUp(st) {
		s.local.Count.Dropped++
		return
	}
	out := wire.AppendStanzaError(s.local.own[:0], wire.AnswerTo(st), e)
	s.local.own = out[:0]
	if u := s.uplink(); u != nil && len(out) > u.most {
		s.local.Count.Dropped++ // addresses and an id like that; the server would close the link
		return
	}
	s.local.Count.answered(e)
	s.answer(out)
}

// answer queues an answer of ours to our own peer, at its own expense: a peer
// that causes more answers than its budget, or does not read them, is read that
// much slower.
func (s *Session) answer(out []byte) {
	if len(out) == 0 {
		return
	}
	if !s.say(out) {
		s.local.Count.AnswersLost++
	}
	s.spend(len(out))
}

// spend charges n bytes of answers to the peer.
func (s *Session) spend(n int) {
	limits, now := &s.local.hub.Limits().Answers, s.conn.Loop().Now()
	slow := s.slowed()
	if slow.limits != limits {
		slow.limits = limits
		slow.answers = shaper.New(limits.Rate, now)
		slow.bytes = shaper.New(limits.BytesRate, now)
	}
	wait := max(slow.answers.Spend(now, 1), slow.bytes.Spend(now, n))
	// With the reserve full the batch must be written first: then it shows
	// whether the peer takes anything.
	if wait > 0 || s.conn.Queued() > limits.Reserve {
		s.holdUntil(holdRate, &slow.rateTimer, now+wait.Nanoseconds())
	}
	if s.conn.Owed() > limits.Reserve {
		s.conn.Hold(holdAnswers) // until it has caught up, see gate.Low
	}
}
