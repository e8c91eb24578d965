// SPDX-License-Identifier: Apache-2.0

package clustertest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/registry"
	"weir/table"
)

// gate is a store whose node can be frozen: nothing comes or goes.
type gate struct {
	registry.Store
	mu     sync.Mutex
	frozen chan struct{} // closed to go on; nil: it goes on
}

func (g *gate) freeze() (thaw func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := make(chan struct{})
	g.frozen = c
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.frozen = nil
		close(c)
	}
}

// pass waits while the node is frozen.
func (g *gate) pass() {
	g.mu.Lock()
	c := g.frozen
	g.mu.Unlock()
	if c != nil {
		<-c
	}
}

func (g *gate) Get(ctx context.Context, key string) (registry.Entry, error) {
	g.pass()
	return g.Store.Get(ctx, key)
}

func (g *gate) Put(ctx context.Context, key string, value []byte, expect uint64, ttl time.Duration) (uint64, error) {
	g.pass()
	return g.Store.Put(ctx, key, value, expect, ttl)
}

func (g *gate) Delete(ctx context.Context, key string, expect uint64) error {
	g.pass()
	return g.Store.Delete(ctx, key, expect)
}

func (g *gate) Watch(ctx context.Context, tell func(registry.Event)) error {
	return g.Store.Watch(ctx, func(e registry.Event) {
		g.pass()
		tell(e)
	})
}

func (g *gate) Generation(ctx context.Context) (uint64, error) {
	g.pass()
	return g.Store.Generation(ctx)
}

// dead is a node that has ended without a word.
func dead(t *testing.T, w *World, letter byte, names ...string) directory.Peer {
	t.Helper()
	n := newNode(t, w, letter)
	for _, name := range names {
		n.mustClaim(t, name, table.Disconnect)
	}
	n.Stop()
	return n.Self
}

func deadNode(t *testing.T, w *World) {
	b := newNode(t, w, 'b')
	was := dead(t, w, 'a', "strict.example", "fast.example")
	await(t, "b knows a's name", func() bool { return b.dir.Lookup([]byte("fast.example")) != nil })
	b.Options.Ask = func(context.Context, directory.Holder, string) registry.Life { return registry.NotThere }
	if b.dir.Lives(was) { // else its lease has ended while we got here
		b.Options.Takeover = registry.Strict
		if _, err := b.claim(t, "strict.example", table.Disconnect); !refused(err) && b.dir.Lives(was) {
			t.Errorf("strict, before the lease has ended: %v", err)
		}
		b.Options.Takeover = registry.Fast
		b.mustClaim(t, "fast.example", table.Disconnect)
	}
	await(t, "a's lease ends", func() bool { return b.sawEnd(was) })
	if b.dir.Lookup([]byte("strict.example")) != nil {
		t.Error("a dead node's name is still routed to it")
	}
	b.Options.Takeover = registry.Strict
	b.mustClaim(t, "strict.example", table.Disconnect)
}

func restart(t *testing.T, w *World) {
	b := newNode(t, w, 'b')
	was := dead(t, w, 'a', "bot.example")
	a := startNode(t, w, w.Open(t), directory.Peer{Node: was.Node, Incarnation: was.Incarnation + 1})
	await(t, "b sees that the first run has ended", func() bool { return b.sawEnd(was) && b.dir.Lives(a.Self) })
	b.mustClaim(t, "bot.example", table.Disconnect)
}

func frozen(t *testing.T, w *World) {
	g := &gate{Store: w.Open(t)}
	a, b := newNodeAt(t, w, g, 'a'), newNode(t, w, 'b')
	meet(t, a, b)
	lost := a.mustClaim(t, "lost.example", table.Disconnect)
	kept := a.mustClaim(t, "kept.example", table.Disconnect)
	thaw := sync.OnceFunc(g.freeze())
	t.Cleanup(thaw)
	await(t, "a's lease ends", func() bool { return b.sawEnd(a.Self) })
	if a.Valid() {
		t.Error("a's lease has ended for b, and a thinks that it holds it")
	}
	b.mustClaim(t, "lost.example", table.Disconnect)
	thaw()
	await(t, "a is back", func() bool { return a.Valid() && b.dir.Lives(a.Self) })
	await(t, "a knows what it has lost", func() bool { return a.wasEvicted(lost) && !a.Serves("lost.example", lost) })
	await(t, "b sees what a has kept", func() bool { return b.sees("kept.example", kept) })
	if a.wasEvicted(kept) {
		t.Error("what nobody else wanted is lost too")
	}
}

func forgets(t *testing.T, w *World) {
	if w.Forget == nil {
		t.Skip("this store cannot be made to forget")
	}
	a, b := newNode(t, w, 'a'), newNode(t, w, 'b')
	meet(t, a, b)
	one, two := a.mustClaim(t, "one.example", table.Disconnect), b.mustClaim(t, "two.example", table.Balance)
	before, _ := a.Epoch("one.example", one)
	w.Forget(t)
	await(t, "both are back", func() bool {
		after, ok := a.Epoch("one.example", one)
		return ok && after > before && a.sees("two.example", two) && b.sees("one.example", one)
	})
	if a.wasEvicted(one) || b.wasEvicted(two) {
		t.Error("one was evicted")
	}
}

func swept(t *testing.T, w *World) {
	b := newNode(t, w, 'b')
	dead(t, w, 'a', "one.example", "two.example", "three.example")
	s := w.Open(t)
	for _, name := range []string{"one.example", "two.example", "three.example"} {
		await(t, name+" is swept", func() bool { return mustGet(t, s, registry.Key(name)).Gone })
	}
	await(t, "all three are counted", func() bool { return b.Count.Swept.Load() == 3 })
}

func leaves(t *testing.T, w *World) {
	a, b := newNode(t, w, 'a'), newNode(t, w, 'b')
	meet(t, a, b)
	a.mustClaim(t, "bot.example", table.Disconnect)
	a.Leave(soon(t))
	await(t, "b sees it go", func() bool { return b.sawEnd(a.Self) && b.dir.Lookup([]byte("bot.example")) == nil })
	b.mustClaim(t, "bot.example", table.Disconnect)
}

func givesBack(t *testing.T, w *World) {
	const names = 50
	a := newNode(t, w, 'a') // alone: nobody sweeps after it
	for i := range names {
		a.mustClaim(t, fmt.Sprintf("bot%d.example", i), table.Disconnect)
	}
	a.Leave(soon(t))
	s := w.Open(t)
	for i := range names {
		name := fmt.Sprintf("bot%d.example", i)
		// What is read may be a moment old; nobody is there who would do it now.
		await(t, name+" does not stand in the store any more", func() bool { return mustGet(t, s, registry.Key(name)).Gone })
	}
}
