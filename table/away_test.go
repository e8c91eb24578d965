// SPDX-License-Identifier: Apache-2.0

package table

import (
	"fmt"
	"testing"
)

func setAway(t *Table, name string, away []*Instance) {
	t.SetAway(name, func() ([]*Instance, bool) { return away, len(away) > 0 })
}

// Instances away take their share, all nodes agree whose a sender is, and a set
// with some away is never taken for one instance alone.
func TestAwayInstancesShare(t *testing.T) {
	here, there := New(), New()
	a := mustRegister(t, here, 1001, Balance, "bot.example")
	b := mustRegister(t, there, 2002, Balance, "bot.example")
	setAway(here, "bot.example", []*Instance{{ID: b.ID, Receiver: "there"}})
	setAway(there, "bot.example", []*Instance{{ID: a.ID, Receiver: "here"}})
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
	setAway(here, "bot.example", nil)
	if x.One() != a {
		t.Error("the only one is not told")
	}
}

func TestAwayOnlyForNamesThatBalance(t *testing.T) {
	tab := New()
	mustRegister(t, tab, 1, Disconnect, "bot.example")
	setAway(tab, "bot.example", []*Instance{{ID: 2}})
	setAway(tab, "other.example", []*Instance{{ID: 2}})
	if n := tab.Lookup([]byte("bot.example")); len(n.Away()) != 0 || n.Pick(nil) == nil {
		t.Error("a name that does not balance has instances away")
	}
}

// A newcomer in the place of the one here is not the only one either.
func TestANameThatIsServedElsewhereIsTakenOver(t *testing.T) {
	tab := New()
	mustRegister(t, tab, 1, Disconnect, "bot.example")
	tab.SetAway("bot.example", func() ([]*Instance, bool) { return nil, true })
	next := mustRegister(t, tab, 2, KickOld, "bot.example")
	if n := tab.Lookup([]byte("bot.example")); !n.Elsewhere() || n.One() != nil || n.Pick(nil) != next {
		t.Errorf("elsewhere: %v, the only one: %v, picked: %v", n.Elsewhere(), n.One(), n.Pick(nil))
	}
}

// Who remembers where a name led looks again when it is served elsewhere, too, or no more.
func TestANameThatIsServedElsewhere(t *testing.T) {
	tab := New()
	mustRegister(t, tab, 1, Disconnect, "bot.example")
	n := tab.Lookup([]byte("bot.example"))
	for _, elsewhere := range []bool{true, true, false} {
		before, was := n.Set(), n.Elsewhere()
		tab.SetAway("bot.example", func() ([]*Instance, bool) { return nil, elsewhere })
		if n.Elsewhere() != elsewhere || (n.One() == nil) != elsewhere || n.Pick(nil) == nil {
			t.Errorf("elsewhere: %v, want %v; the only one: %v", n.Elsewhere(), elsewhere, n.One())
		}
		if (n.Set() != before) != (was != elsewhere) {
			t.Errorf("from %v to %v, and the set is another one: %v", was, elsewhere, n.Set() != before)
		}
	}
}

// A name is opened for sharing, too, by who shares and takes the place of one who did not, and has gone: others may join him,
// and then none of them is lost when the name is served elsewhere.
func TestANameIsOpenedForSharingByASuccessor(t *testing.T) {
	tab := New()
	mustRegister(t, tab, 1, Disconnect, "bot.example")
	n := tab.Lookup([]byte("bot.example"))
	for id := uint64(2); id <= 3; id++ {
		r := Request{Names: []string{"bot.example"}, Instance: &Instance{ID: id}, Policy: Balance, Gone: func(old *Instance) bool { return old.ID == 1 }}
		if _, err := tab.Register(r); err != nil {
			t.Fatal(err)
		}
	}
	if n.Askers() == nil {
		t.Error("nobody remembers who of several has asked")
	}
	for _, elsewhere := range []bool{true, false} {
		tab.SetAway("bot.example", func() ([]*Instance, bool) { return nil, elsewhere })
		if wantTable(t, tab, "bot.example=2+3"); n.Elsewhere() != elsewhere {
			t.Errorf("elsewhere: %v, want %v", n.Elsewhere(), elsewhere)
		}
	}
}

// A name that is shared here is served elsewhere, too, though nobody there shares it.
func TestElsewhereByOneThatDoesNotShare(t *testing.T) {
	tab := New()
	one := mustRegister(t, tab, 1, Balance, "bot.example")
	n := tab.Lookup([]byte("bot.example"))
	for _, elsewhere := range []bool{true, false, true} {
		tab.SetAway("bot.example", func() ([]*Instance, bool) { return nil, elsewhere })
		if n.Elsewhere() != elsewhere || (n.One() == nil) != elsewhere || n.PickAny(nil) != one {
			t.Errorf("elsewhere: %v, want %v; the only one: %v", n.Elsewhere(), elsewhere, n.One())
		}
	}
	two := mustRegister(t, tab, 2, Balance, "bot.example")
	tab.Unregister(one)
	if !n.Elsewhere() || n.One() != nil || n.PickAny(nil) != two {
		t.Error("the one that is left is taken for the only one")
	}
}
