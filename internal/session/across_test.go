// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/cluster/envelope"
)

// A node that dies leaves very much that has to be answered. It is answered in order, and whoever is on the same loop is not
// kept waiting for all of it.
func TestWhatWasSentInVainIsAnsweredBesideOthers(t *testing.T) {
	b := newBed(t, usual())
	clustered(b)
	from, x, y := b.join(0, "from.example").joined(), b.join(0, "x.example").joined(), b.join(0, "y.example").joined()
	const each = 1000
	lost := func(first int) (all [][]byte) {
		for i := range each {
			e := envelope.Envelope{Kind: envelope.ToComponent, Conn: from.s.conn.ID(), ID: from.s.inst.ID, Epoch: nameEpoch, Dest: 1}
			all = append(all, append(e.Append(nil), msg("from.example", "away.example", fmt.Sprint(first+i))...))
		}
		return all
	}
	b.hub.Unacked(lost(0), true)
	b.hub.Unacked(lost(each), false)
	b.loops[0].turn()
	if n := b.locals[0].Count.Unknown; n == 0 || n > 2*unackedTurn { // a turn of the bed's is two batches
		t.Errorf("%d of %d are answered before others have had their turn, want %d a batch at most", n, 2*each, unackedTurn)
	}
	said := msg("x.example", "y.example", "beside")
	x.says(said)
	y.wants(said)
	heard := ""
	for turns := 0; strings.Count(heard, "type='error'") < 2*each && turns < 2*each; turns++ {
		heard += from.hears()
	}
	for i := range 2 * each {
		answer := fmt.Sprintf("id='%d' type='error'>", i)
		at := strings.Index(heard, answer)
		if at < 0 {
			t.Fatalf("message %d is not answered in its turn", i)
		}
		heard = heard[at+len(answer):]
		this, _, _ := strings.Cut(heard, "</message>")
		if strings.Contains(this, deliveryUnknown) != (i < each) {
			t.Errorf("message %d is answered %s", i, this)
		}
	}
	if strings.Contains(heard, "type='error'") {
		t.Errorf("more is answered than was sent: %s", heard)
	}
}
