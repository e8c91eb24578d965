// SPDX-License-Identifier: Apache-2.0

package clustertest

import (
	"errors"
	"sync"
	"testing"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/registry"
	"weir/table"
)

var registryCases = []testCase{
	{"a claim is seen on other nodes", seen},
	{"the second claim of a name is refused", exclusive},
	{"by node, each may have one", byNode},
	{"kick_old takes the name from another node", kickOld},
	{"kick_old by node takes it from all", kickAll},
	{"of several that kick, one is left", kickRace},
	{"balance joins on all nodes", balance},
	{"balance does not mix", balanceMixed},
	{"who has just left is not in the way", leftJustNow},
	{"a release touches no successor", releaseLate},
	{"two nodes claim one name at once", claimRace},
	{"a dead node's names can be had", deadNode},
	{"a node that restarts voids its old names", restart},
	{"a frozen node is fenced, and finds out what it has lost", frozen},
	{"a store that forgets is filled again", forgets},
	{"what the dead have left is swept", swept},
	{"all know whose claim is the oldest", oldest},
	{"a node that leaves leaves nothing", leaves},
	{"a node that leaves gives back its names before its lease", givesBack},
}

func refused(err error) bool {
	return errors.As(err, new(registry.TakenError))
}

func seen(t *testing.T, w *World) {
	a, b := newNode(t, w, 'a'), newNode(t, w, 'b')
	id := a.mustClaim(t, "bot.example", table.Disconnect)
	await(t, "b sees it", func() bool { return b.sees("bot.example", id) })
	epoch, _ := a.Epoch("bot.example", id)
	if h := b.dir.Lookup([]byte("bot.example")).Set().First(); h.Epoch != epoch || h.Peer != a.Self {
		t.Errorf("b sees %+v, a has epoch %d", h, epoch)
	}
	if a.dir.Lookup([]byte("bot.example")) != nil {
		t.Error("a's own name is in its directory of other nodes")
	}
	a.Release("bot.example", id)
	await(t, "b sees it go", func() bool { return b.dir.Lookup([]byte("bot.example")) == nil })
}

func exclusive(t *testing.T, w *World) {
	a, b := newNode(t, w, 'a'), newNode(t, w, 'b')
	meet(t, a, b)
	asks(a, b)
	id := a.mustClaim(t, "bot.example", table.Disconnect)
	if _, err := b.claim(t, "bot.example", table.Disconnect); !refused(err) {
		t.Errorf("on another node: %v", err)
	}
	if _, err := a.claim(t, "bot.example", table.Disconnect); !refused(err) {
		t.Errorf("on the same node: %v", err)
	}
	if !a.Serves("bot.example", id) || a.wasEvicted(id) {
		t.Error("the first has lost the name")
	}
}

func byNode(t *testing.T, w *World) {
	a, b := newNode(t, w, 'a', scope(registry.ByNode)), newNode(t, w, 'b', scope(registry.ByNode))
	meet(t, a, b)
	asks(a, b)
	one := a.mustClaim(t, "bot.example", table.Disconnect)
	two := b.mustClaim(t, "bot.example", table.Disconnect)
	if _, err := a.claim(t, "bot.example", table.Disconnect); !refused(err) {
		t.Errorf("a second one on the same node: %v", err)
	}
	await(t, "each sees the other", func() bool { return a.sees("bot.example", two) && b.sees("bot.example", one) })
	if a.wasEvicted(one) || b.wasEvicted(two) {
		t.Error("one was evicted")
	}
}

func kickOld(t *testing.T, w *World) {
	a, b := newNode(t, w, 'a'), newNode(t, w, 'b')
	meet(t, a, b)
	asks(a, b)
	old := a.mustClaim(t, "bot.example", table.Disconnect)
	before, _ := a.Epoch("bot.example", old)
	id := b.mustClaim(t, "bot.example", table.KickOld)
	after, _ := b.Epoch("bot.example", id)
	if after <= before {
		t.Errorf("epoch %d after %d", after, before)
	}
	await(t, "the old one is evicted", func() bool { return a.wasEvicted(old) })
	await(t, "a sees the new one", func() bool { return a.sees("bot.example", id) })
	if a.Serves("bot.example", old) || b.wasEvicted(id) {
		t.Error("the old one has the name yet, or the new one has not")
	}
}

func kickAll(t *testing.T, w *World) {
	a, b, c := newNode(t, w, 'a', scope(registry.ByNode)), newNode(t, w, 'b', scope(registry.ByNode)), newNode(t, w, 'c', scope(registry.ByNode))
	meet(t, a, b, c)
	one, two := a.mustClaim(t, "bot.example", table.Disconnect), b.mustClaim(t, "bot.example", table.Disconnect)
	id := c.mustClaim(t, "bot.example", table.KickOld)
	await(t, "both are evicted", func() bool { return a.wasEvicted(one) && b.wasEvicted(two) })
	await(t, "they see the new one", func() bool { return a.sees("bot.example", id) && b.sees("bot.example", id) })
}

func kickRace(t *testing.T, w *World) {
	nodes := []*node{newNode(t, w, 'a'), newNode(t, w, 'b'), newNode(t, w, 'c')}
	meet(t, nodes...)
	ids := make([]uint64, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() { ids[i] = n.mustClaim(t, "bot.example", table.KickOld) })
	}
	wg.Wait()
	owners := func() (count int) {
		for i, n := range nodes {
			if n.Serves("bot.example", ids[i]) {
				count++
			}
		}
		return count
	}
	await(t, "one is left", func() bool { return owners() == 1 })
	for i, n := range nodes {
		if n.Serves("bot.example", ids[i]) == n.wasEvicted(ids[i]) {
			t.Errorf("node %s: serves and was evicted are both %v", n.Self.Node, n.wasEvicted(ids[i]))
		}
	}
}

func balance(t *testing.T, w *World) {
	a, b := newNode(t, w, 'a'), newNode(t, w, 'b')
	meet(t, a, b)
	one, two := a.mustClaim(t, "bot.example", table.Balance), a.mustClaim(t, "bot.example", table.Balance)
	three := b.mustClaim(t, "bot.example", table.Balance)
	await(t, "a sees b's", func() bool { return a.sees("bot.example", three) })
	await(t, "b sees both of a's", func() bool { return b.sees("bot.example", one) && b.sees("bot.example", two) })
	if !b.dir.Lookup([]byte("bot.example")).Set().Balanced() {
		t.Error("b does not know that the name is shared")
	}
	a.Release("bot.example", one)
	await(t, "b sees one go", func() bool { return !b.sees("bot.example", one) && b.sees("bot.example", two) })
	if !a.Serves("bot.example", two) || a.wasEvicted(two) || b.wasEvicted(three) {
		t.Error("another one went with it")
	}
}

func balanceMixed(t *testing.T, w *World) {
	a, b := newNode(t, w, 'a'), newNode(t, w, 'b')
	meet(t, a, b)
	asks(a, b)
	a.mustClaim(t, "one.example", table.Disconnect)
	if _, err := b.claim(t, "one.example", table.Balance); !refused(err) {
		t.Errorf("balance beside one that does not: %v", err)
	}
	a.mustClaim(t, "two.example", table.Balance)
	if _, err := b.claim(t, "two.example", table.Disconnect); !refused(err) {
		t.Errorf("one that does not beside balance: %v", err)
	}
}

// leftJustNow: the store knows of the departure later than the one who comes.
func leftJustNow(t *testing.T, w *World) {
	a, b := newNode(t, w, 'a'), newNode(t, w, 'b')
	meet(t, a, b)
	asks(a, b)
	for range 20 {
		id := a.mustClaim(t, "bot.example", table.Disconnect)
		a.Release("bot.example", id)
		id = b.mustClaim(t, "bot.example", table.Disconnect)
		b.Release("bot.example", id)
	}
}

func releaseLate(t *testing.T, w *World) {
	a, b := newNode(t, w, 'a'), newNode(t, w, 'b')
	meet(t, a, b)
	old := a.mustClaim(t, "bot.example", table.Disconnect)
	id := b.mustClaim(t, "bot.example", table.KickOld)
	a.Release("bot.example", old)
	other := a.mustClaim(t, "other.example", table.Disconnect)
	await(t, "b sees the other one", func() bool { return b.sees("other.example", other) })
	a.Release("other.example", other)
	await(t, "a's releases are done", func() bool { return b.dir.Lookup([]byte("other.example")) == nil })
	if !b.Serves("bot.example", id) || b.wasEvicted(id) {
		t.Error("the successor has lost the name")
	}
	await(t, "a sees the successor", func() bool { return a.sees("bot.example", id) })
}

// claimRace is two nodes that want one name at once, again and again, with what
// conflict policy there is: one owner each time.
func claimRace(t *testing.T, w *World) {
	a, b := newNode(t, w, 'a'), newNode(t, w, 'b')
	meet(t, a, b)
	asks(a, b)
	for round := range w.Rounds {
		policy := table.Policy(round % 2) // disconnect, kick_old
		var ids [2]uint64
		var errs [2]error
		var wg sync.WaitGroup
		for i, n := range []*node{a, b} {
			wg.Go(func() { ids[i], errs[i] = n.claim(t, "race.example", policy) })
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil && !refused(err) {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		if policy == table.KickOld {
			await(t, "one owner", func() bool {
				return a.Serves("race.example", ids[0]) != b.Serves("race.example", ids[1])
			})
		}
		hasA, hasB := a.Serves("race.example", ids[0]), b.Serves("race.example", ids[1])
		if hasA == hasB {
			t.Fatalf("round %d, %s: a has it: %v (%v), b has it: %v (%v)", round, policy, hasA, errs[0], hasB, errs[1])
		}
		a.Release("race.example", ids[0])
		b.Release("race.example", ids[1])
	}
}

// The oldest claim of a name that several nodes have is the same one for all of them, also when it is taken out though its node
// lives, and when the store has lost all.
func oldest(t *testing.T, w *World) {
	a, b, c := newNode(t, w, 'a', scope(registry.ByNode)), newNode(t, w, 'b', scope(registry.ByNode)), newNode(t, w, 'c', scope(registry.ByNode))
	all := []*node{a, b, c}
	for _, n := range all {
		n.mustClaim(t, "bot.example", table.Disconnect)
	}
	agreed := func() directory.Node {
		one := all[0].oldest("bot.example")
		for _, n := range all[1:] {
			if n.oldest("bot.example") != one {
				return ""
			}
		}
		return one
	}
	await(t, "all know that it is a's", func() bool { return agreed() == a.Self.Node })
	if !b.Expel("bot.example", a.Self) {
		t.Error("a is not taken out")
	}
	await(t, "all know that it is b's", func() bool { return agreed() == b.Self.Node })
	await(t, "a has come again", func() bool { return len(b.dir.Lookup([]byte("bot.example")).Set().Holders) == 2 })
	if w.Forget == nil {
		return
	}
	w.Forget(t)
	await(t, "they agree on one again", func() bool {
		return agreed() != "" && len(a.dir.Lookup([]byte("bot.example")).Set().Holders) == 2
	})
}
