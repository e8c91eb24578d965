// SPDX-License-Identifier: Apache-2.0

package registry_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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
