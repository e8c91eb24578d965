// SPDX-License-Identifier: Apache-2.0

package session

import "weir/internal/wire"

// input is a session's place among those that hold an unfinished stanza.
type input struct {
	bytes      int
	prev, next *Session
}

// inputs is a loop's sessions with an unfinished stanza, oldest first.
type inputs struct{ first, last *Session }

// keepInput accounts for what the stream holds of unfinished input. When all
// streams together hold too much, the oldest of this loop must go: 10,000 peers
// that each send half of a large stanza would else be gigabytes.
func (s *Session) keepInput() {
	n := s.in.Buffered()
	if n == s.input.bytes || s.ended {
		return
	}
	lo, h := s.local, s.local.hub
	switch {
	case s.input.bytes == 0:
		lo.waiting.add(s)
	case n == 0:
		lo.waiting.remove(s)
	}
	held := h.input.Add(int64(n - s.input.bytes))
	s.input.bytes = n
	for held > h.InputBudget && lo.waiting.first != nil {
		oldest := lo.waiting.first
		held -= int64(oldest.input.bytes)
		lo.Count.InputEvicted++
		oldest.leave("input-budget", oldest.in.Fail(nil, wire.CondPolicyViolation, "unfinished for too long"))
	}
}

// forgetInput takes the session out of the account.
func (s *Session) forgetInput() {
	if s.input.bytes == 0 {
		return
	}
	s.local.waiting.remove(s)
	s.local.hub.input.Add(int64(-s.input.bytes))
	s.input.bytes = 0
}

func (q *inputs) add(s *Session) {
	s.input.prev, s.input.next = q.last, nil
	if q.last == nil {
		q.first = s
	} else {
		q.last.input.next = s
	}
	q.last = s
}

func (q *inputs) remove(s *Session) {
	prev, next := s.input.prev, s.input.next
	if prev == nil {
		q.first = next
	} else {
		prev.input.next = next
	}
	if next == nil {
		q.last = prev
	} else {
		next.input.prev = prev
	}
	s.input.prev, s.input.next = nil, nil
}
