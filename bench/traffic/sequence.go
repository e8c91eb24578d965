// SPDX-License-Identifier: Apache-2.0

package traffic

// sequence is what is known of the numbers of one flow. Owned by the flow.
type sequence struct {
	sent uint64 // numbers 0 to sent-1 were written
	next uint64 // every number below was delivered, answered, or is in gaps
	gaps ranges // passed over: lost, unless they still come
	back ranges // answered with an error and not delivered

	reordered uint64 // delivered after a later one
	doubled   uint64 // delivered twice, answered twice, or delivered and answered
}

// deliver notes that number n arrived at the receiver. It says false if n was
// never sent.
func (s *sequence) deliver(n uint64) bool {
	if n == s.next && s.back.n == 0 && n < s.sent {
		s.next++
		return true
	}
	if n >= s.sent {
		return false
	}
	if s.back.remove(n) {
		s.doubled++
	}
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
		s.back.add(n, n+1)
	}
	return true
}

// missing is how many of those sent were neither delivered nor answered. It is
// what is in flight while the run goes on, and what is lost after it.
func (s *sequence) missing() uint64 { return s.sent - s.delivered() - s.back.size() }

// delivered counts each number once, however often it came.
func (s *sequence) delivered() uint64 { return s.next - s.gaps.size() }
