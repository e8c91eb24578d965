// SPDX-License-Identifier: Apache-2.0

package table

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// claim is the receiver of the instances below: the names it may be found under, and whether it has left for certain.
type claim struct {
	names map[string]bool
	left  atomic.Bool
}

// look is one sender's lookup with all that must hold of it, whatever the writers do meanwhile.
func look(t *testing.T, tab *Table, name string) *Name {
	n := tab.Lookup([]byte(name))
	if n == nil {
		return nil
	}
	if n.Text != name {
		t.Errorf("lookup of %s gives %s", name, n.Text)
	}
	set := n.Set()
	if len(set.Instances) == 0 && !n.Gone() {
		t.Errorf("%s is served by nobody and not gone", name)
	}
	for _, i := range set.Instances {
		if !i.Receiver.(*claim).names[name] {
			t.Errorf("%s is served by instance %d, which never asked for it", name, i.ID)
		}
		if len(set.Instances) > 1 && !i.Balance {
			t.Errorf("%s is shared with instance %d, which does not balance", name, i.ID)
		}
	}
	return n
}

// storm runs each of the writers until it has done its rounds, and readers beside them until all writers are done.
func storm(t *testing.T, rounds int, writers []func(round int), readers ...func()) {
	var writing, reading sync.WaitGroup
	var done atomic.Bool
	for _, w := range writers {
		writing.Go(func() {
			for r := range rounds {
				w(r)
			}
		})
	}
	for _, r := range readers {
		reading.Go(func() {
			for !done.Load() && !t.Failed() {
				r()
			}
		})
	}
	writing.Wait()
	done.Store(true)
	reading.Wait()
}

func TestConcurrentRegisterUnregisterLookup(t *testing.T) {
	tab := New()
	names := []string{"a", "b", "c", "d"}
	var ids atomic.Uint64
	come := func(p Policy, names ...string) *Instance {
		c := &claim{names: map[string]bool{}}
		for _, n := range names {
			c.names[n] = true
		}
		inst := &Instance{ID: ids.Add(1), Receiver: c}
		replaced, err := tab.Register(Request{Names: names, Instance: inst, Policy: p})
		if err != nil {
			return nil
		}
		for _, old := range replaced {
			old.Receiver.(*claim).left.Store(true)
		}
		return inst
	}
	leave := func(inst *Instance) {
		if inst != nil {
			tab.Unregister(inst)
			inst.Receiver.(*claim).left.Store(true)
		}
	}
	var writers []func(int)
	for w := range 6 {
		writers = append(writers, func(round int) {
			p := Policy((round + w) % 3)
			one := come(p, names[round%4])
			several := come(p, names[w%4], names[(w+1+round)%4])
			leave(one)
			leave(several)
		})
	}
	// A name that was gone stays gone; an instance that had left before the lookup began is not found by it.
	gone := make(chan *Name, 64)
	reader := func() {
		for _, name := range names {
			n := look(t, tab, name)
			if n != nil && n.Gone() {
				select {
				case gone <- n:
				default:
				}
			}
		}
		select {
		case n := <-gone:
			if !n.Gone() || len(n.Set().Instances) > 0 {
				t.Errorf("%s came back from the dead", n.Text)
			}
		default:
		}
	}
	storm(t, 1000, writers, reader, reader)
	wantTable(t, tab, "")
}

// kick_old leaves no window: while newcomers take a name from one another, every lookup finds exactly one instance,
// and never one that was replaced before the lookup began.
func TestNoWindowWhileANameChangesHands(t *testing.T) {
	tab := New()
	var taken atomic.Uint64 // the highest ID whose registration has returned; IDs rise in the order of registration
	var mu sync.Mutex
	take := func() {
		mu.Lock() // so that the order of IDs is the order of registration
		defer mu.Unlock()
		id := taken.Load() + 1
		if _, err := register(tab, id, KickOld, "a", "b"); err != nil {
			t.Error(err)
		}
		taken.Store(id)
	}
	take()
	cached := tab.Lookup([]byte("a"))
	reader := func() {
		since := taken.Load()
		n := tab.Lookup([]byte("a"))
		if n != cached || n.Gone() {
			t.Error("the name changed or went")
			return
		}
		if one := n.One(); one == nil || one.ID < since {
			t.Errorf("found %v, instance %d had the name before", one, since)
		}
	}
	storm(t, 1500, []func(int){func(int) { take() }, func(int) { take() }}, reader, reader)
}

// What has left is not found any more by a lookup that begins later, and what has registered is.
func TestLookupsSeeWhatHasReturned(t *testing.T) {
	tab := New()
	var writers []func(int)
	for w := range 4 {
		name := fmt.Sprint("own", w)
		writers = append(writers, func(round int) {
			inst := &Instance{ID: uint64(w<<20 | round)}
			r := Request{Names: []string{name, "shared"}, Instance: inst, Policy: Balance}
			if _, err := tab.Register(r); err != nil {
				t.Error(err)
			}
			if n := tab.Lookup([]byte(name)); n == nil || n.One() != inst {
				t.Errorf("%s registered and not found", name)
			}
			if n := tab.Lookup([]byte("shared")); n == nil || n.Set().ByID(inst.ID) != inst {
				t.Errorf("%s joined and not found", name)
			}
			tab.Leave(inst, func(*Name, *Set) {})
			if n := tab.Lookup([]byte(name)); n != nil {
				t.Errorf("%s left and found", name)
			}
			if n := tab.Lookup([]byte("shared")); n != nil && n.Set().has(inst) {
				t.Errorf("%s left the shared name and is found", name)
			}
		})
	}
	storm(t, 1000, writers)
	wantTable(t, tab, "")
}

// Names for further hosts come from a reload, on another goroutine than the one on which the stream dies.
func TestAddNamesAgainstLeaving(t *testing.T) {
	tab := New()
	for id := range uint64(1000) {
		inst := &Instance{ID: id}
		if _, err := tab.Register(Request{Names: []string{"c.a"}, Instance: inst}); err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		both.Go(func() { _ = tab.AddNames(inst, []string{"c.b", "c.c"}, nil, nil) })
		both.Go(func() { tab.Unregister(inst) })
		both.Wait()
		if tab.Len() != 0 {
			t.Fatalf("names of an instance that left: %s", show(tab))
		}
	}
}
