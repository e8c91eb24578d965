// SPDX-License-Identifier: Apache-2.0

package table

import (
	"fmt"
	"testing"
)

// Instances away take their share, all nodes agree whose a sender is, and a set
// with some away is never taken for one instance alone.
func TestAwayInstancesShare(t *testing.T) {
	here, there := New(), New()
	a := mustRegister(t, here, 1001, Balance, "bot.example")
	b := mustRegister(t, there, 2002, Balance, "bot.example")
	here.SetAway("bot.example", []*Instance{{ID: b.ID, Receiver: "there"}})
	there.SetAway("bot.example", []*Instance{{ID: a.ID, Receiver: "here"}})
	x, y := here.Lookup([]byte("bot.example")), there.Lookup([]byte("bot.example"))
	if x.One() != nil || y.One() != nil {
		t.Error("one of several is taken for the only one")
	}
	share := map[uint64]int{}
	for i := range 1000 {
		sender := fmt.Appendf(nil, "user%d@example", i)
		p, q := x.PickAny(sender), y.PickAny(sender)
		if p.ID != q.ID {
			t.Fatalf("%s: %d here, %d there", sender, p.ID, q.ID)
		}
		if x.Pick(sender) != a || y.Pick(sender) != b {
			t.Fatal("Pick found one that is not here")
		}
		share[p.ID]++
	}
	if share[a.ID] < 400 || share[b.ID] < 400 {
		t.Errorf("shares %v", share)
	}
	if x.AnyByID(b.ID) == nil || x.Set().ByID(b.ID) != nil {
		t.Error("AnyByID and ByID")
	}
	second := mustRegister(t, here, 1003, Balance, "bot.example")
	if len(x.Away()) != 1 {
		t.Error("those away were forgotten when another one came")
	}
	here.Unregister(second)
	if x.One() != nil {
		t.Error("the last one here is taken for the only one")
	}
	here.SetAway("bot.example", nil)
	if x.One() != a {
		t.Error("the only one is not told")
	}
}

func TestAwayOnlyForNamesThatBalance(t *testing.T) {
	tab := New()
	mustRegister(t, tab, 1, Disconnect, "bot.example")
	tab.SetAway("bot.example", []*Instance{{ID: 2}})
	tab.SetAway("other.example", []*Instance{{ID: 2}})
	if n := tab.Lookup([]byte("bot.example")); len(n.Away()) != 0 || n.One() == nil {
		t.Error("a name that does not balance has instances away")
	}
}
