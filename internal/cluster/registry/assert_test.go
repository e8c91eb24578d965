// SPDX-License-Identifier: Apache-2.0

package registry_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/registry"
	"weir/internal/cluster/registry/memstore"
	"weir/table"
)

// countingStore counts how many writes of names are under way at once, how many goroutines there are meanwhile, and how
// many names are read.
type countingStore struct {
	registry.Store
	mu                        sync.Mutex
	now, most, mostGoroutines int
	read                      int
}

func (s *countingStore) Get(ctx context.Context, key string) (registry.Entry, error) {
	if _, name := registry.NameOf(key); name {
		s.mu.Lock()
		s.read++
		s.mu.Unlock()
	}
	return s.Store.Get(ctx, key)
}

func (s *countingStore) Put(ctx context.Context, key string, value []byte, expect uint64, ttl time.Duration) (uint64, error) {
	defer s.write(key)()
	return s.Store.Put(ctx, key, value, expect, ttl)
}

func (s *countingStore) Delete(ctx context.Context, key string, expect uint64) error {
	defer s.write(key)()
	return s.Store.Delete(ctx, key, expect)
}

// write has a write of a name take its time, and counts it until done is called.
func (s *countingStore) write(key string) (done func()) {
	if _, name := registry.NameOf(key); !name {
		return func() {}
	}
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	s.mostGoroutines = max(s.mostGoroutines, runtime.NumGoroutine())
	s.mu.Unlock()
	time.Sleep(time.Millisecond)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now--
	}
}

func startOn(t *testing.T, s registry.Store) *registry.Registry {
	t.Helper()
	return startAs(t, s, directory.Peer{Node: "aaaaaaaaaa", Incarnation: 1})
}

func startAs(t *testing.T, s registry.Store, self directory.Peer) *registry.Registry {
	t.Helper()
	r := registry.New(registry.Options{
		Self: self, Store: s, Directory: directory.New(self), Log: slog.New(slog.DiscardHandler),
		TTL: 30 * time.Second, Refresh: 5 * time.Second, Margin: 2 * time.Second,
	})
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func claimMany(t *testing.T, r *registry.Registry, n int) {
	t.Helper()
	for i := range n {
		if _, err := r.Claim(t.Context(), registry.Request{Name: fmt.Sprintf("bot%d.example", i), ID: uint64(i + 1), Policy: table.Disconnect}); err != nil {
			t.Fatal(err)
		}
	}
}

// A store that has lost everything is filled again by a few writers, however many names there are.
func TestLostNamesAreWrittenByAFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const names = 5000
		server := memstore.NewServer()
		s := &countingStore{Store: memstore.NewClient(server, 1)}
		r := startOn(t, s)
		defer r.Leave(context.Background())
		claimMany(t, r, names)
		before := runtime.NumGoroutine()
		s.most, s.mostGoroutines = 0, 0
		server.Forget()
		for end := time.Now().Add(time.Minute); server.Keys("c.") < names; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d of %d names are back", server.Keys("c."), names)
			}
		}
		synctest.Wait()
		if s.most < 2 || s.most > registry.AssertWriters {
			t.Errorf("%d writes at once, wanted 2 to %d", s.most, registry.AssertWriters)
		}
		// The kernel's own and the test's may come and go; one for each name would be thousands.
		if s.mostGoroutines > before+100 {
			t.Errorf("%d goroutines, %d before", s.mostGoroutines, before)
		}
		if n := r.Count.Asserted.Load(); n != names {
			t.Errorf("%d names are counted as written anew, of %d", n, names)
		}
	})
}

// Names that a store has lost which then does not answer for minutes are written when it does.
func TestLostNamesOutliveAStoreThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const names = 100
		server := memstore.NewServer()
		s := &deafStore{Store: memstore.NewClient(server, 1)}
		r := startOn(t, s)
		defer r.Leave(context.Background())
		claimMany(t, r, names)
		s.deaf.Store(true)
		server.Forget()
		time.Sleep(5 * time.Minute)
		if n := server.Keys("c."); n != 0 {
			t.Fatalf("%d names in a store that takes none", n)
		}
		s.deaf.Store(false)
		for end := time.Now().Add(time.Minute); server.Keys("c.") < names; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d of %d names are back", server.Keys("c."), names)
			}
		}
	})
}
