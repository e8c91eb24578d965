// SPDX-License-Identifier: Apache-2.0

package table

import (
	"slices"
	"strings"
	"testing"
)

// A table made of another one's entries picks the same instance for everybody, and
// its names come and go as they did there.
func TestRestore(t *testing.T) {
	old := New()
	insts := map[uint64]*Instance{}
	register := func(id uint64, p Policy, names ...string) {
		insts[id] = &Instance{ID: id}
		if _, err := old.Register(Request{Names: names, Instance: insts[id], Policy: p}); err != nil {
			t.Fatal(err)
		}
	}
	register(7, Balance, "shared.example")
	register(3, Balance, "shared.example", "also.example")
	register(5, Balance, "shared.example")
	register(1, Disconnect, "alone.example")

	young, copies := New(), map[uint64]*Instance{}
	for id, inst := range insts {
		if id != 5 { // has not come along
			copies[id] = &Instance{ID: id, Balance: inst.Balance}
		}
	}
	young.Restore(old.Entries(), func(id uint64) *Instance { return copies[id] })
	old.Unregister(insts[5])

	if young.Len() != old.Len() {
		t.Fatalf("%d names, not %d", young.Len(), old.Len())
	}
	order := func(tb *Table) (ids []uint64) {
		for _, inst := range tb.Lookup([]byte("shared.example")).Set().Instances {
			ids = append(ids, inst.ID)
		}
		return ids
	}
	if !slices.Equal(order(young), []uint64{7, 3}) || !slices.Equal(order(old), order(young)) {
		t.Errorf("instances %v, before %v", order(young), order(old))
	}
	for i := range 100 {
		from := []byte(strings.Repeat("a", i) + "@x.example")
		if young.Lookup([]byte("shared.example")).Pick(from).ID != old.Lookup([]byte("shared.example")).Pick(from).ID {
			t.Fatalf("another instance serves %s", from)
		}
	}
	if young.Lookup([]byte("shared.example")).Askers() == nil || young.Lookup([]byte("alone.example")).Askers() != nil {
		t.Error("who asked is remembered for names that are shared, and for no other")
	}
	young.Unregister(copies[3])
	if young.Lookup([]byte("also.example")) != nil || young.Lookup([]byte("shared.example")).One() != copies[7] {
		t.Error("an instance that was restored does not leave its names")
	}
	if _, err := young.Register(Request{Names: []string{"alone.example"}, Instance: &Instance{ID: 9}}); err == nil {
		t.Error("a name that was restored is free")
	}
}
