// SPDX-License-Identifier: Apache-2.0

package session

import (
	"strings"
	"testing"

	"weir/engine"
	"weir/internal/cluster/envelope"
)

// All that comes by one lane from another node is one debtor at a receiver that is behind, in
// however many batches: beyond its share it is answered, and what is here has its own.
func TestAnotherNodeHasOneShare(t *testing.T) {
	inBubble(t, tight(1), func(t *testing.T, b *bed) {
		o := clustered(b)
		to, from := b.join(0, "b.example").joined().narrow(), b.join(0, "a.example").joined()
		raw := long("x@away.example", "b.example", "f", 1000)
		const lane = engine.Foreign | 3<<16
		batch, refused := uint32(0), 0
		for range 200 {
			batch++
			b.arrives(o, envelope.ToComponent, to.s.inst.ID, nameEpoch, lane+batch, raw)
			refused += countErrors(lastOf(o.sent), "resource-constraint")
			o.sent = nil
		}
		if n := to.s.conn.Queued(); n < 64<<10 || n > 2*64<<10 || refused == 0 {
			t.Errorf("%d bytes wait, %d stanzas were answered", n, refused)
		}
		for range 40 { // less than half of High
			from.says(long("a.example", "b.example", "s", 500))
		}
		if from.held() || from.hears() != "" {
			t.Error("somebody here has not his share beside it")
		}
		heard := to.hears()
		if n := strings.Count(heard, "'f'"); n != 200-refused {
			t.Errorf("%d were answered, %d came", refused, n)
		}
		b.arrives(o, envelope.ToComponent, to.s.inst.ID, nameEpoch, lane+batch+1, raw)
		to.wants(raw) // it has caught up, all is forgotten
		for src, n := range o.settled {
			if n != 1 {
				t.Fatalf("batch %d is settled %d times", src&^lane, n)
			}
		}
	})
}

func lastOf(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}
