// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/stanza"
	"weir/internal/stream"
	"weir/internal/wire"
)

// input is a session's place among those that hold an unfinished stanza.
type input struct {
	bytes      int
	prev, next *Session
}

// inputs is a loop's sessions with an unfinished stanza, oldest first, and what
// they hold together, in bytes.
type inputs struct {
	first, last *Session
	bytes       int64
}

// keepInput accounts for what the stream holds of unfinished input; fresh says
// that it is not what it held before, but began with what has just come. When
// the streams of this loop together hold more than its part of the budget, the
// oldest must go: 10,000 peers that each send half of a large stanza would else
// be gigabytes. Each loop has its own part, so that those who fill one cost
// nobody on another.
func (s *Session) keepInput(fresh bool) {
	n := s.in.Buffered()
	if s.conn.Held()&(holdLease|holdAnswers|holdRate|holdAcross) != 0 {
		n = 0 // whole stanzas, at most a read's worth, and it is we who do not go on
	}
	if n == s.input.bytes && !fresh || s.ended {
		return
	}
	if n == 0 || fresh {
		s.forgetInput()
	}
	if n == 0 {
		return
	}
	lo, h := s.local, s.local.hub
	if s.input.bytes == 0 {
		lo.unfinished.add(s)
	}
	lo.unfinished.bytes += int64(n - s.input.bytes)
	s.input.bytes = n
	budget := h.Limits().InputBudget / int64(len(h.engine.Loops()))
	for lo.unfinished.bytes > budget && lo.unfinished.first != nil {
		oldest := lo.unfinished.first
		lo.Count.InputEvicted++
		oldest.leave("input-budget", oldest.in.Fail(nil, wire.CondPolicyViolation, "unfinished for too long"))
	}
}

// goThrough goes through what has been read, whatever holds the stream: it is about
// to end, and what its peer has sent so far counts.
func (s *Session) goThrough() {
	if s.conn.Held() == 0 || s.ended {
		return // then everything has been gone through
	}
	s.last = true
	s.advance()
}

// dropInput counts the stanzas that were read, and not gone through when the
// connection was closed.
func (s *Session) dropInput() {
	if s.in.State() != stream.Established {
		return
	}
	for ev, _ := s.in.Next(nil); ev == stream.StanzaReady; ev, _ = s.in.Next(nil) {
		kind := stanza.KindOf(s.in.Stanza())
		s.local.Count.Accepted++
		s.local.Count.Received[kind]++
		s.local.Count.Stayed[kind]++
		s.local.Count.Dropped++
		s.conn.CountUnits(1)
	}
}

// forgetInput takes the session out of the account.
func (s *Session) forgetInput() {
	if s.input.bytes == 0 {
		return
	}
	s.local.unfinished.remove(s)
	s.local.unfinished.bytes -= int64(s.input.bytes)
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
