// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"slices"
	"testing"
	"unsafe"
)

// A source is held from the first who holds it to the last who lets go.
func TestLease(t *testing.T) {
	var l Lease[string]
	steps := []struct {
		do   string
		d    string
		want bool
	}{
		{"give", "a", false}, // of an earlier congestion
		{"take", "a", true},
		{"take", "a", false},
		{"take", "b", false},
		{"give", "c", false},
		{"give", "a", false},
		{"give", "a", false},
		{"give", "b", true},
		{"give", "b", false},
		{"take", "b", true},
	}
	for i, s := range steps {
		f := l.Take
		if s.do == "give" {
			f = l.Give
		}
		if got := f(s.d); got != s.want {
			t.Errorf("step %d, %s %s: %v", i, s.do, s.d, got)
		}
	}
	l.Take("c")
	if by := l.End(); !slices.Equal(by, []string{"b", "c"}) {
		t.Errorf("ended by %v", by)
	}
	if l.Give("b") || len(l.End()) != 0 {
		t.Error("something is left of a lease that has ended")
	}
	if !l.Take("b") {
		t.Error("after its end a lease does not begin anew")
	}
}

// Every session has one, most never need it.
func TestLeaseIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(Lease[*int]{}); n > 24 {
		t.Errorf("%d bytes", n)
	}
	var l Lease[*int]
	x := new(int)
	l.Take(x)
	l.Give(x)
	if l.by != nil {
		t.Error("memory is kept of a lease that is over")
	}
}

func TestDefaultMarks(t *testing.T) {
	m := DefaultMarks()
	if !(0 < m.Share && m.Share < m.Low && m.Low < m.High && m.High < m.Hard && int64(m.Hard) < m.Budget && m.Lease > 0) {
		t.Errorf("out of order: %+v", m)
	}
}
