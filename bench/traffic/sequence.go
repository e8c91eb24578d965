// SPDX-License-Identifier: Apache-2.0

package traffic

// sequence is what is known of the numbers of one flow. Owned by the flow.
type sequence struct {
	sent uint64 // numbers 0 to sent-1 were written
	next uint64 // every number below was delivered, answered, or is in gaps
	gaps ranges // passed over: lost, unless they still come
	back ranges // answered with an error and not delivered
	off  ranges // written off: was under way when a connection was cut, and has no verdict yet

	reordered uint64 // delivered after a later one
	doubled   uint64 // delivered twice, answered twice, or delivered and answered
}

// deliver notes that number n arrived at the receiver. It says false if n was
// never sent.
func (s *sequence) deliver(n uint64) bool {
	if n == s.next && s.back.n|s.off.n == 0 && n < s.sent {
		s.next++
		return true
	}
	if n >= s.sent {
		return false
	}
	if s.back.remove(n) {
		s.doubled++
	}
	s.off.remove(n)
	switch {
	case n >= s.next:
		if n > s.next {
			s.gaps.add(s.next, n)
		}
		s.next = n + 1
	case s.gaps.remove(n):
		s.reordered++
	default:
		s.doubled++
	}
	return true
}

// answer notes that number n came back to its sender as an error.
func (s *sequence) answer(n uint64) bool {
	switch {
	case n >= s.sent:
		return false
	case s.back.has(n), n < s.next && !s.gaps.has(n):
		s.doubled++
	default:
		s.off.remove(n)
		s.back.add(n, n+1)
	}
	return true
}

// writeOff gives up what has no verdict and was not passed over: what was, in a
// stream that keeps its order, was lost before. What of it still comes, or is still
// answered, counts as that and no longer as written off.
func (s *sequence) writeOff() {
	for n := s.next; n < s.sent; n++ {
		if !s.back.has(n) && !s.off.has(n) {
			s.off.add(n, n+1)
		}
	}
}

// missing is how many of those sent were neither delivered nor answered nor
// written off. It is what is in flight while the run goes on, and what is lost
// after it.
func (s *sequence) missing() uint64 { return s.sent - s.delivered() - s.back.size() - s.off.size() }

// delivered counts each number once, however often it came.
func (s *sequence) delivered() uint64 { return s.next - s.gaps.size() }
