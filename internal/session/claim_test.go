// SPDX-License-Identifier: Apache-2.0

package session

import "testing"

// A name that the cluster gives and the table does not (here somebody has it, or a reload has
// reserved it meanwhile) is given back, and its component told why.
func TestClaimThatTheTableRefuses(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	first := b.join(0, "a.example").joined()
	second := b.join(0, "a.example")
	second.over(streamError("conflict", ""))
	if id := first.s.inst.ID + 1; len(o.released) != 1 || o.released[0] != id {
		t.Errorf("released: %d, not %d", o.released, id)
	}
	if n := b.loops[0].loop.Count.Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
	first.wants("")
}
