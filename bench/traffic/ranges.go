// SPDX-License-Identifier: Apache-2.0

package traffic

import "sort"

// ranges is a set of numbers, held as sorted ranges that neither touch nor
// overlap. Numbers come and go near the end, so the cost is that of a short
// move in a short slice. The zero value is the empty set.
type ranges struct {
	r []span
	n uint64
}

// span is the half-open range [lo, hi).
type span struct{ lo, hi uint64 }

// size is the count of numbers in the set.
func (s *ranges) size() uint64 { return s.n }

// find gives the index of the first range that ends above n.
func (s *ranges) find(n uint64) int {
	return sort.Search(len(s.r), func(i int) bool { return s.r[i].hi > n })
}

func (s *ranges) has(n uint64) bool {
	i := s.find(n)
	return i < len(s.r) && s.r[i].lo <= n
}

// add puts in [lo, hi), of which no number may be in the set yet.
func (s *ranges) add(lo, hi uint64) {
	i := s.find(lo)
	s.n += hi - lo
	left := i > 0 && s.r[i-1].hi == lo
	right := i < len(s.r) && s.r[i].lo == hi
	switch {
	case left && right:
		s.r[i-1].hi = s.r[i].hi
		s.r = append(s.r[:i], s.r[i+1:]...)
	case left:
		s.r[i-1].hi = hi
	case right:
		s.r[i].lo = lo
	default:
		s.insert(i, span{lo, hi})
	}
}

// remove takes n out and says whether it was in.
func (s *ranges) remove(n uint64) bool {
	i := s.find(n)
	if i == len(s.r) || s.r[i].lo > n {
		return false
	}
	s.n--
	r := &s.r[i]
	switch {
	case r.lo == n && r.hi == n+1:
		s.r = append(s.r[:i], s.r[i+1:]...)
	case r.lo == n:
		r.lo++
	case r.hi == n+1:
		r.hi--
	default:
		tail := span{n + 1, r.hi}
		r.hi = n
		s.insert(i+1, tail)
	}
	return true
}

func (s *ranges) insert(i int, x span) {
	s.r = append(s.r, span{})
	copy(s.r[i+1:], s.r[i:])
	s.r[i] = x
}
