// SPDX-License-Identifier: Apache-2.0

package router

import (
	"fmt"
	"testing"

	"weir/table"
)

// The cache says what the router says, before, while and after a component is there.
func TestCacheFollowsTheTable(t *testing.T) {
	tab := table.New()
	r, err := New(Config{Hosts: []string{"here.org"}}, tab)
	if err != nil {
		t.Fatal(err)
	}
	c := NewCache()
	same := func(when string) Target {
		t.Helper()
		for _, domain := range []string{"bot.org", "bot.here.org", "here.org", ""} {
			if got, want := c.Resolve(r, []byte(domain)), r.Resolve([]byte(domain)); got != want {
				t.Errorf("%s: %q: %v, want %v", when, domain, got, want)
			}
		}
		return c.Resolve(r, []byte("bot.org"))
	}
	come := func(id uint64) *table.Instance {
		inst := &table.Instance{ID: id}
		if _, err := tab.Register(table.Request{Names: []string{"bot.org", "bot.here.org"}, Instance: inst, Policy: table.KickOld}); err != nil {
			t.Fatal(err)
		}
		return inst
	}
	same("empty")
	come(1)
	same("there")
	second := come(2)
	if got := same("handed over").Name.One(); got != second {
		t.Errorf("found %v after a hand-over", got)
	}
	tab.Unregister(second)
	if same("gone").Kind != Nowhere {
		t.Error("found after it had gone")
	}
	third := come(3)
	if got := same("there again").Name.One(); got != third {
		t.Errorf("found %v after it came again", got)
	}
}

// A reload may put a host in front of a component that is cached.
func TestCacheOfAnotherRouterIsForgotten(t *testing.T) {
	w := world{components: []string{"bot.org"}}
	before := w.router(t)
	after, err := New(Config{Hosts: []string{"bot.org"}}, before.table)
	if err != nil {
		t.Fatal(err)
	}
	c := NewCache()
	for _, row := range []struct {
		r    *Router
		want Kind
	}{{before, Component}, {after, Host}, {before, Component}} {
		if got := c.Resolve(row.r, []byte("bot.org")).Kind; got != row.want {
			t.Errorf("%v, want %v", got, row.want)
		}
	}
}

// More names than places: they drive each other out, and every answer is still right.
func TestCacheOverfull(t *testing.T) {
	w := world{}
	for i := range 4 * cacheSlots {
		w.components = append(w.components, fmt.Sprintf("bot%d.example.org", i))
	}
	r, c := w.router(t), NewCache()
	for range 3 {
		for _, name := range w.components {
			if got := c.Resolve(r, []byte(name)); got.Kind != Component || got.Name.Text != name {
				t.Fatalf("%s: %v", name, got)
			}
		}
	}
}

// A flood of names that nobody serves must not cost the busy ones their places.
func TestCacheIsNotFlooded(t *testing.T) {
	w := world{components: []string{"bot.org"}}
	r, c := w.router(t), NewCache()
	c.Resolve(r, []byte("bot.org"))
	for i := range 20 * cacheSlots {
		c.Resolve(r, fmt.Appendf(nil, "nobody%d.org", i))
	}
	for _, n := range c.names {
		if n != nil {
			return
		}
	}
	t.Error("bot.org was driven out")
}
