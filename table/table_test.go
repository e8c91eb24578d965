// SPDX-License-Identifier: Apache-2.0

package table

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// show writes the table as a person would: one line for each name, the IDs of its instances behind it.
func show(t *Table) string {
	var lines []string
	t.Each(func(n *Name) bool {
		var ids []string
		for _, i := range n.Set().Instances {
			ids = append(ids, fmt.Sprint(i.ID))
		}
		lines = append(lines, n.Text+"="+strings.Join(ids, "+"))
		return true
	})
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

func register(t *Table, id uint64, p Policy, names ...string) (*Instance, error) {
	inst := &Instance{ID: id}
	_, err := t.Register(Request{Names: names, Instance: inst, Policy: p})
	return inst, err
}

func mustRegister(t *testing.T, tab *Table, id uint64, p Policy, names ...string) *Instance {
	t.Helper()
	inst, err := register(tab, id, p, names...)
	if err != nil {
		t.Fatalf("instance %d: %v", id, err)
	}
	return inst
}

func wantTable(t *testing.T, tab *Table, want string) {
	t.Helper()
	if got := show(tab); got != want {
		t.Errorf("table: %q, want %q", got, want)
	}
}

// Each row: who is there ("ID policy names"), who comes, what the table is afterwards.
func TestRegister(t *testing.T) {
	for _, row := range []struct {
		name     string
		there    []string
		comes    string
		want     string
		replaced string
		err      string
	}{
		{"free name", nil, "1 disconnect a", "a=1", "", ""},
		{"several names", nil, "1 disconnect c.a,c.b", "c.a=1 c.b=1", "", ""},
		{"a name twice counts once", nil, "1 balance a,a", "a=1", "", ""},
		{"no name at all", nil, "1 disconnect -", "", "", ""},

		{"disconnect: taken", []string{"1 disconnect a"}, "2 disconnect a", "a=1", "", "table: a is taken"},
		{"disconnect: the old one's policy does not matter", []string{"1 kick_old a"}, "2 disconnect a", "a=1", "", "table: a is taken"},
		{"disconnect: nor does balance", []string{"1 balance a"}, "2 disconnect a", "a=1", "", "table: a is taken"},
		{"disconnect: one taken name of three refuses all", []string{"1 disconnect b"}, "2 disconnect a,b,c", "b=1", "", "table: b is taken"},

		{"kick_old: free name", nil, "1 kick_old a", "a=1", "", ""},
		{"kick_old: takes it", []string{"1 disconnect a"}, "2 kick_old a", "a=2", "1", ""},
		{"kick_old: takes it from all that share it", []string{"1 balance a", "2 balance a"}, "3 kick_old a", "a=3", "1 2", ""},
		{"kick_old: takes several", []string{"1 disconnect a", "2 disconnect b"}, "3 kick_old a,b,c", "a=3 b=3 c=3", "1 2", ""},
		{"kick_old: an old one counts once", []string{"1 disconnect a,b"}, "2 kick_old a,b", "a=2 b=2", "1", ""},
		{"kick_old: the old one loses its other names too", []string{"1 disconnect a,b,c"}, "2 kick_old b", "b=2", "1", ""},
		{"kick_old: those who share the other names keep them", []string{"1 balance a,b", "2 balance b"}, "3 kick_old a", "a=3 b=2", "1", ""},

		{"balance: joins balance", []string{"1 balance a"}, "2 balance a", "a=1+2", "", ""},
		{"balance: joins several", []string{"1 balance a,b", "2 balance b"}, "3 balance a,b,c", "a=1+3 b=1+2+3 c=3", "", ""},
		{"balance: with disconnect it is a conflict", []string{"1 disconnect a"}, "2 balance a", "a=1", "", "table: a is taken"},
		{"balance: with kick_old it is a conflict", []string{"1 kick_old a"}, "2 balance a", "a=1", "", "table: a is taken"},
		{"balance: one conflict of several refuses all", []string{"1 balance a", "2 disconnect b"}, "3 balance a,b", "a=1 b=2", "", "table: b is taken"},
		{"balance: what kick_old took is not shared", []string{"1 balance a", "2 kick_old a"}, "3 balance a", "a=2", "", "table: a is taken"},

		{"reserved: refused", nil, "1 disconnect reserved", "", "", "table: reserved is reserved"},
		{"reserved: not even kick_old", nil, "1 kick_old reserved", "", "", "table: reserved is reserved"},
		{"reserved: not even balance", nil, "1 balance reserved", "", "", "table: reserved is reserved"},
		{"reserved: refuses all, replaces nobody", []string{"1 disconnect a"}, "2 kick_old a,reserved", "a=1", "", "table: reserved is reserved"},
	} {
		t.Run(row.name, func(t *testing.T) {
			tab := New()
			for _, line := range row.there {
				if _, _, err := comes(tab, line); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
			}
			replaced, inst, err := comes(tab, row.comes)
			wantTable(t, tab, row.want)
			if got := errText(err); got != row.err {
				t.Errorf("error %q, want %q", got, row.err)
			}
			if replaced != row.replaced {
				t.Errorf("replaced %q, want %q", replaced, row.replaced)
			}
			if err == nil {
				return
			}
			if e := (ErrConflict{}); !errors.As(err, &e) || e.Reserved != (e.Name == "reserved") {
				t.Errorf("not an ErrConflict that says why: %#v", err)
			}
			if tab.Unregister(inst); show(tab) != row.want {
				t.Error("a refused instance changed the table by leaving")
			}
		})
	}
}

// comes registers what a line says: "ID policy name,name" ("-": no name).
func comes(tab *Table, line string) (replaced string, inst *Instance, err error) {
	var id uint64
	var policy, names string
	fmt.Sscan(line, &id, &policy, &names)
	inst = &Instance{ID: id}
	r := Request{Instance: inst, Names: strings.Split(names, ","), Reserved: func(name string) bool { return name == "reserved" }}
	if names == "-" {
		r.Names = nil
	}
	for r.Policy.String() != policy {
		r.Policy++
	}
	old, err := tab.Register(r)
	var ids []string
	for _, i := range old {
		ids = append(ids, fmt.Sprint(i.ID))
	}
	return strings.Join(ids, " "), inst, err
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestReplacedInstanceCannotRemoveItsSuccessor(t *testing.T) {
	tab := New()
	old := mustRegister(t, tab, 1, Disconnect, "a")
	mustRegister(t, tab, 2, KickOld, "a")
	tab.Unregister(old)
	wantTable(t, tab, "a=2")
}

func TestNameIsStableUntilGoneAndThenGoneForEver(t *testing.T) {
	tab := New()
	first := mustRegister(t, tab, 1, Disconnect, "a")
	n := tab.Lookup([]byte("a"))
	second := mustRegister(t, tab, 2, KickOld, "a")
	if tab.Lookup([]byte("a")) != n || n.One() != second {
		t.Fatal("a hand-over made another name")
	}
	tab.Unregister(first)
	tab.Unregister(second)
	if !n.Gone() || len(n.Set().Instances) != 0 || n.One() != nil || n.Pick([]byte("x")) != nil {
		t.Fatalf("gone %v, set %v after the last instance left", n.Gone(), n.Set())
	}
	if tab.Lookup([]byte("a")) != nil || tab.Len() != 0 {
		t.Fatal("a gone name is found")
	}
	mustRegister(t, tab, 3, Disconnect, "a")
	if again := tab.Lookup([]byte("a")); again == n || again.Gone() || !n.Gone() {
		t.Fatal("a name came back from the dead")
	}
}

func TestUnregisterLeavesTheOthers(t *testing.T) {
	tab := New()
	one := mustRegister(t, tab, 1, Balance, "a", "b")
	mustRegister(t, tab, 2, Balance, "a")
	mustRegister(t, tab, 3, Balance, "a")
	tab.Unregister(one)
	wantTable(t, tab, "a=2+3")
	tab.Unregister(one)
	tab.Unregister(&Instance{ID: 9})
	wantTable(t, tab, "a=2+3")
}

func TestAnInstanceMayComeAgain(t *testing.T) {
	tab := New()
	inst := mustRegister(t, tab, 1, Balance, "a")
	tab.Unregister(inst)
	if _, err := tab.Register(Request{Names: []string{"b"}, Instance: inst}); err != nil {
		t.Fatal(err)
	}
	wantTable(t, tab, "b=1")
	if inst.Balance {
		t.Error("Balance is that of the earlier registration")
	}
}

func TestRegisterTwicePanics(t *testing.T) {
	tab := New()
	inst := mustRegister(t, tab, 1, Disconnect, "a")
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
		wantTable(t, tab, "a=1")
	}()
	tab.Register(Request{Names: []string{"b"}, Instance: inst})
}

// What the callbacks may rely on: their order, and what a lookup finds meanwhile.
func TestCallbacks(t *testing.T) {
	tab := New()
	mustRegister(t, tab, 1, Disconnect, "a")
	mustRegister(t, tab, 2, Disconnect, "b", "other")
	var log []string
	// Lookups take no registry lock, so a test may do what a callback must not: see what senders see.
	note := func(what string, id uint64) {
		one := func(name string) (id uint64) {
			if n := tab.Lookup([]byte(name)); n != nil {
				id = n.One().ID
			}
			return id
		}
		log = append(log, fmt.Sprintf("%s %d: a=%d b=%d new=%d other=%d", what, id, one("a"), one("b"), one("new"), one("other")))
	}
	_, err := tab.Register(Request{
		Names: []string{"a", "b", "new"}, Instance: &Instance{ID: 3}, Policy: KickOld,
		Reserved: func(name string) bool { log = append(log, "reserved "+name); return false },
		Admitted: func() { note("admitted", 3) },
		HandOver: func(old, new *Instance) { note("hand over", old.ID*10+new.ID) },
		Retire:   func(old *Instance) { note("retire", old.ID) },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"reserved a", "reserved b", "reserved new",
		"admitted 3: a=1 b=2 new=0 other=2",
		"hand over 13: a=1 b=2 new=0 other=2",
		"retire 2: a=3 b=3 new=3 other=0",
	}
	if d := cmp.Diff(want, log); d != "" {
		t.Error(d)
	}
}

// A name is free for everybody when those who have it have gone and only do not know it: all of them, and of all
// wanted names.
func TestTheGoneMakeWay(t *testing.T) {
	for _, row := range []struct {
		name     string
		there    []string
		gone     []uint64
		policy   Policy
		want     string
		replaced int
		err      error
	}{
		{"nobody has gone", []string{"1 disconnect a"}, nil, Disconnect, "a=1", 0, ErrConflict{Name: "a"}},
		{"the one who has it", []string{"1 disconnect a"}, []uint64{1}, Disconnect, "a=9 b=9", 1, nil},
		{"one of two", []string{"1 balance a", "2 balance a"}, []uint64{1}, Disconnect, "a=1+2", 0, ErrConflict{Name: "a"}},
		{"both", []string{"1 balance a", "2 balance a"}, []uint64{1, 2}, Disconnect, "a=9 b=9", 2, nil},
		{"not the other name's", []string{"1 disconnect a", "2 disconnect b"}, []uint64{1}, Disconnect, "a=1 b=2", 0, ErrConflict{Name: "b"}},
		{"a newcomer that shares joins", []string{"1 balance a"}, []uint64{1}, Balance, "a=1+9 b=9", 0, nil},
		{"one that shares, with one that does not", []string{"1 disconnect a"}, []uint64{1}, Balance, "a=9 b=9", 1, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			tab := New()
			for _, line := range row.there {
				if _, _, err := comes(tab, line); err != nil {
					t.Fatal(err)
				}
			}
			replaced, err := tab.Register(Request{
				Names: []string{"a", "b"}, Instance: &Instance{ID: 9}, Policy: row.policy,
				Gone: func(old *Instance) bool { return slices.Contains(row.gone, old.ID) },
			})
			wantTable(t, tab, row.want)
			if len(replaced) != row.replaced || errText(err) != errText(row.err) {
				t.Errorf("%d replaced, %v; want %d, %v", len(replaced), err, row.replaced, row.err)
			}
		})
	}
}

func TestNothingIsCalledForARefusedRequest(t *testing.T) {
	tab := New()
	mustRegister(t, tab, 1, Balance, "a")
	mustRegister(t, tab, 2, Disconnect, "b")
	bad := func() { t.Error("called") }
	for _, p := range []Policy{Disconnect, Balance} {
		_, err := tab.Register(Request{
			Names: []string{"a", "b"}, Instance: &Instance{ID: 3}, Policy: p, Admitted: bad,
			HandOver: func(_, _ *Instance) { bad() }, Retire: func(*Instance) { bad() },
		})
		if err == nil {
			t.Errorf("%v: no conflict", p)
		}
	}
}

func TestLeaveMovesBeforeTheSwap(t *testing.T) {
	tab := New()
	one := mustRegister(t, tab, 1, Balance, "a", "alone")
	two := mustRegister(t, tab, 2, Balance, "a")
	var moved []string
	tab.Leave(one, func(n *Name, rest *Set) {
		if !tab.Lookup([]byte("a")).Set().has(one) {
			t.Error("swapped before the move")
		}
		if rest.One() != two {
			t.Errorf("rest %v", rest.Instances)
		}
		moved = append(moved, n.Text)
	})
	if !slices.Equal(moved, []string{"a"}) {
		t.Errorf("moved %v", moved)
	}
	wantTable(t, tab, "a=2")
}

func TestAddNames(t *testing.T) {
	reserved := func(name string) bool { return name == "c.reserved" }
	for _, row := range []struct {
		name   string
		there  []string
		policy Policy
		add    []string
		want   string
		err    error
	}{
		{"a new host", nil, Disconnect, []string{"c.b"}, "c.a=9 c.b=9", nil},
		{"names it has are passed over", nil, Disconnect, []string{"c.a", "c.b", "c.b"}, "c.a=9 c.b=9", nil},
		{"taken: none is added", []string{"1 disconnect c.b"}, Disconnect, []string{"c.0", "c.b"}, "c.a=9 c.b=1", ErrConflict{Name: "c.b"}},
		{"kick_old kicks at registration only", []string{"1 disconnect c.b"}, KickOld, []string{"c.b"}, "c.a=9 c.b=1", ErrConflict{Name: "c.b"}},
		{"balance joins", []string{"1 balance c.b"}, Balance, []string{"c.b"}, "c.a=9 c.b=1+9", nil},
		{"balance does not join others", []string{"1 disconnect c.b"}, Balance, []string{"c.b"}, "c.a=9 c.b=1", ErrConflict{Name: "c.b"}},
		{"reserved", nil, Disconnect, []string{"c.b", "c.reserved"}, "c.a=9", ErrConflict{Name: "c.reserved", Reserved: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			tab := New()
			for _, line := range row.there {
				if _, _, err := comes(tab, line); err != nil {
					t.Fatal(err)
				}
			}
			inst := mustRegister(t, tab, 9, row.policy, "c.a")
			if err := tab.AddNames(inst, row.add, reserved, nil); err != row.err {
				t.Errorf("error %v, want %v", err, row.err)
			}
			wantTable(t, tab, row.want)
			tab.Unregister(inst)
			if strings.Contains(show(tab), "9") {
				t.Errorf("left, but still there: %s", show(tab))
			}
		})
	}
}

func TestAddNamesAfterLeavingAddsNothing(t *testing.T) {
	tab := New()
	inst := mustRegister(t, tab, 1, Disconnect, "c.a")
	tab.Unregister(inst)
	if err := tab.AddNames(inst, []string{"c.b"}, nil, nil); err != ErrLeft {
		t.Errorf("left: %v", err)
	}
	old := mustRegister(t, tab, 2, Disconnect, "c.a")
	mustRegister(t, tab, 3, KickOld, "c.a")
	if err := tab.AddNames(old, []string{"c.b"}, nil, nil); err != ErrLeft {
		t.Errorf("replaced: %v", err)
	}
	wantTable(t, tab, "c.a=3")
}

// A component for the subdomains of no host is registered, under no name, and gets them as hosts are added.
func TestAddNamesToANamelessInstance(t *testing.T) {
	tab := New()
	inst := mustRegister(t, tab, 1, Disconnect)
	if err := tab.AddNames(inst, []string{"c.a"}, nil, nil); err != nil {
		t.Fatal(err)
	}
	wantTable(t, tab, "c.a=1")
}

func TestHidden(t *testing.T) {
	seen, hidden := &Instance{ID: 1}, &Instance{ID: 2, Hidden: true}
	for _, row := range []struct {
		set  *Set
		want bool
	}{
		{newSet(seen), false}, {newSet(hidden), true}, {newSet(hidden, seen), false}, {newSet(hidden, hidden), true}, {goneSet, false},
	} {
		if got := row.set.Hidden(); got != row.want {
			t.Errorf("%v: hidden %v", row.set.Instances, got)
		}
	}
}

func TestEachStopsAndMayCallTheTable(t *testing.T) {
	tab := New()
	for i := range 100 {
		mustRegister(t, tab, uint64(i), Disconnect, fmt.Sprint(i))
	}
	calls := 0
	tab.Each(func(n *Name) bool {
		calls++
		tab.Unregister(n.One())
		return calls < 10
	})
	if calls != 10 || tab.Len() != 90 {
		t.Errorf("%d calls, %d names left", calls, tab.Len())
	}
}
