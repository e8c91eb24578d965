// SPDX-License-Identifier: Apache-2.0

package traffic

import (
	"math/rand/v2"
	"testing"
)

func TestSequence(t *testing.T) {
	type counts struct{ missing, doubled, reordered, answered uint64 }
	for _, c := range []struct {
		name    string
		deliver []uint64
		answer  []uint64
		want    counts
	}{
		{"all in order", []uint64{0, 1, 2, 3, 4}, nil, counts{}},
		{"none", nil, nil, counts{missing: 5}},
		{"last lost", []uint64{0, 1, 2, 3}, nil, counts{missing: 1}},
		{"middle lost", []uint64{0, 1, 3, 4}, nil, counts{missing: 1}},
		{"two neighbours swapped", []uint64{0, 2, 1, 3, 4}, nil, counts{reordered: 1}},
		{"first comes last", []uint64{1, 2, 3, 4, 0}, nil, counts{reordered: 1}},
		{"one twice at once", []uint64{0, 1, 1, 2, 3, 4}, nil, counts{doubled: 1}},
		{"one twice later", []uint64{0, 1, 2, 3, 4, 1}, nil, counts{doubled: 1}},
		{"backwards", []uint64{4, 3, 2, 1, 0}, nil, counts{reordered: 4}},
		{"one answered", []uint64{0, 1, 3, 4}, []uint64{2}, counts{answered: 1}},
		{"last answered", []uint64{0, 1, 2, 3}, []uint64{4}, counts{answered: 1}},
		{"answered twice", []uint64{0, 1, 3, 4}, []uint64{2, 2}, counts{answered: 1, doubled: 1}},
		{"delivered and answered", []uint64{0, 1, 2, 3, 4}, []uint64{2}, counts{doubled: 1}},
	} {
		s := sequence{sent: 5}
		for _, n := range c.deliver {
			s.deliver(n)
		}
		for _, n := range c.answer {
			s.answer(n)
		}
		got := counts{s.missing(), s.doubled, s.reordered, s.back.size()}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestSequenceAnsweredThenDelivered(t *testing.T) {
	s := sequence{sent: 3}
	s.answer(1)
	for n := range uint64(3) {
		s.deliver(n)
	}
	if s.doubled != 1 || s.missing() != 0 || s.back.size() != 0 {
		t.Errorf("doubled %d, missing %d, answered %d", s.doubled, s.missing(), s.back.size())
	}
}

// What was under way when a connection was cut is written off once; what of it
// comes late is delivered. What was passed over before, or sent later, is judged as
// ever.
func TestSequenceWriteOff(t *testing.T) {
	s := sequence{sent: 10}
	for _, n := range []uint64{0, 1, 3} {
		s.deliver(n)
	}
	s.answer(5)
	s.writeOff()
	s.writeOff()
	if s.missing() != 1 || s.off.size() != 5 { // 2; 4, 6 to 9
		t.Fatalf("missing %d, written off %d", s.missing(), s.off.size())
	}
	s.sent = 14
	for _, n := range []uint64{7, 10, 11, 13} {
		s.deliver(n)
	}
	s.answer(8)
	if s.missing() != 2 || s.off.size() != 3 || s.doubled != 0 || s.reordered != 0 || s.delivered() != 7 {
		t.Errorf("missing %d, written off %d, doubled %d, reordered %d, delivered %d",
			s.missing(), s.off.size(), s.doubled, s.reordered, s.delivered())
	}
	s.deliver(4) // after 13
	s.deliver(7)
	if s.reordered != 1 || s.doubled != 1 || s.off.size() != 2 {
		t.Errorf("reordered %d, doubled %d, written off %d", s.reordered, s.doubled, s.off.size())
	}
}

func TestSequenceNumberNotSent(t *testing.T) {
	s := sequence{sent: 3}
	if s.deliver(3) || s.answer(3) {
		t.Error("a number that was never sent was taken")
	}
}

// Ranges against a plain map, by a random walk of adds and removes.
func TestRangesAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var s ranges
	have := map[uint64]bool{}
	for range 20000 {
		n := r.Uint64N(200)
		if r.IntN(2) == 0 {
			if !have[n] {
				s.add(n, n+1)
				have[n] = true
			}
		} else if s.remove(n) != have[n] {
			t.Fatalf("remove(%d) is not %v", n, have[n])
		} else {
			delete(have, n)
		}
		if probe := r.Uint64N(200); s.has(probe) != have[probe] {
			t.Fatalf("has(%d) is not %v", probe, have[probe])
		}
		if s.size() != uint64(len(have)) {
			t.Fatalf("size %d, want %d", s.size(), len(have))
		}
	}
	for i := 1; i < len(s.r); i++ {
		if s.r[i-1].hi >= s.r[i].lo {
			t.Fatalf("ranges touch: %v", s.r)
		}
	}
}
