// SPDX-License-Identifier: Apache-2.0

package registry_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/registry"
	"weir/internal/cluster/registry/memstore"
	"weir/table"
)

// deafStore answers nothing about names while it is deaf.
type deafStore struct {
	registry.Store
	deaf atomic.Bool
}

func (s *deafStore) Get(ctx context.Context, key string) (registry.Entry, error) {
	if s.deaf.Load() {
		return registry.Entry{}, registry.ErrUnknown
	}
	return s.Store.Get(ctx, key)
}

func (s *deafStore) Put(ctx context.Context, key string, value []byte, expect uint64, ttl time.Duration) (uint64, error) {
	if _, name := registry.NameOf(key); name && s.deaf.Load() {
		return 0, registry.ErrUnknown
	}
	return s.Store.Put(ctx, key, value, expect, ttl)
}

// deafened is a registry that has started, and its store, which does not answer from now on.
func deafened(t *testing.T) (*deafStore, *registry.Registry) {
	t.Helper()
	s := &deafStore{Store: memstore.NewClient(memstore.NewServer(), 1)}
	r := startOn(t, s)
	s.deaf.Store(true)
	return s, r
}

// A claim that met a store without an answer is granted when the store answers again, within its time.
func TestAClaimOutlivesAStoreThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := deafened(t)
		defer r.Leave(context.Background())
		time.AfterFunc(3*time.Second, func() { s.deaf.Store(false) })
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		if _, err := r.Claim(ctx, registry.Request{Name: "bot.example", ID: 7, Policy: table.Disconnect}); err != nil {
			t.Errorf("the store has answered for twelve seconds: %v", err)
		}
		if e, err := s.Get(t.Context(), registry.Key("bot.example")); err != nil || e.Gone {
			t.Errorf("the store has no such key: %+v, %v", e, err)
		}
	})
}

// While the store does not answer, a component may come again and again. What that
// leaves to be done is done once, and not once for each time.
func TestRefusedClaimsLeaveOneRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := deafened(t)
		defer r.Leave(context.Background())
		for id := range uint64(100) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := r.Claim(ctx, registry.Request{Name: "bot.example", ID: id + 1}); err == nil {
				t.Error("granted without an answer of the store")
			}
			cancel()
		}
		if n := r.Releases(); n > 1 {
			t.Errorf("%d releases wait for one name", n)
		}
		s.deaf.Store(false)
	})
}

// A record may be written by whoever may write the table. A holder whose node has no node's name is nobody: the name would
// go into the subject of a question.
func TestAHolderOfNoNodeIsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.NewClient(memstore.NewServer(), 1)
		for _, node := range []string{"", "x", "bbbbbbbbb.", "bbbb bbbbb", ">", "bbbbbbbbb\\r\\nPUB x"} {
			key := registry.Key("bot.example")
			e, err := s.Get(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Put(t.Context(), key, fmt.Appendf(nil, `{"h":[{"n":"%s","i":2,"s":3}]}`, node), e.Rev, 0); err != nil {
				t.Fatal(err)
			}
			r := startOn(t, s)
			r.Options.Ask = func(context.Context, directory.Holder, string) registry.Life {
				t.Errorf("node %q was asked", node)
				return registry.Serves
			}
			if n := r.Directory.Len(); n != 0 {
				t.Errorf("node %q: %d names are known", node, n)
			}
			if _, err := r.Claim(t.Context(), registry.Request{Name: "bot.example", ID: 7, Policy: table.Disconnect}); err != nil {
				t.Errorf("node %q: %v", node, err)
			}
			r.Leave(context.Background())
		}
	})
}
