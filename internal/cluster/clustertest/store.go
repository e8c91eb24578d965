// SPDX-License-Identifier: Apache-2.0

package clustertest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"weir/internal/cluster/registry"
)

var storeCases = []testCase{
	{"an unwritten key is gone", unwritten},
	{"a write needs the revision it replaces", compareAndSet},
	{"a deletion has a revision", deletion},
	{"a key expires", expiry},
	{"a renewed key does not expire", renewal},
	{"a watch tells all there is, then changes", watching},
	{"a watch tells of expiry", watchExpiry},
	{"one of many creates a key", manyCreate},
	{"the generation stays", generation},
}

// put writes until it is decided: a real store may be busy.
func put(t *testing.T, s registry.Store, key, value string, expect uint64, ttl time.Duration) (uint64, error) {
	t.Helper()
	ctx := soon(t)
	for {
		once, cancel := context.WithTimeout(ctx, answer)
		rev, err := s.Put(once, key, []byte(value), expect, ttl)
		cancel()
		if !errors.Is(err, registry.ErrBusy) && !errors.Is(err, registry.ErrUnknown) || ctx.Err() != nil {
			return rev, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// answer is how long one operation waits for its answer.
const answer = 2 * time.Second

func mustPut(t *testing.T, s registry.Store, key, value string, expect uint64) uint64 {
	t.Helper()
	rev, err := put(t, s, key, value, expect, 0)
	if err != nil {
		t.Fatalf("writing %s over %d: %v", key, expect, err)
	}
	return rev
}

// remove deletes until it is decided.
func remove(t *testing.T, s registry.Store, key string, expect uint64) error {
	t.Helper()
	ctx := soon(t)
	for {
		once, cancel := context.WithTimeout(ctx, answer)
		err := s.Delete(once, key, expect)
		cancel()
		if !errors.Is(err, registry.ErrBusy) && !errors.Is(err, registry.ErrUnknown) || ctx.Err() != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// mustGet reads until there is an answer. It may be a moment old.
func mustGet(t *testing.T, s registry.Store, key string) registry.Entry {
	t.Helper()
	ctx := soon(t)
	for {
		once, cancel := context.WithTimeout(ctx, answer)
		e, err := s.Get(once, key)
		cancel()
		if err == nil {
			return e
		}
		if ctx.Err() != nil {
			t.Fatalf("reading %s: %v", key, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func unwritten(t *testing.T, w *World) {
	s := w.Open(t)
	mustPut(t, s, "c.other", "x", 0)
	if e := mustGet(t, s, "c.never"); !e.Gone || e.Rev != 0 {
		t.Errorf("got %+v", e)
	}
}

func compareAndSet(t *testing.T, w *World) {
	a, b := w.Open(t), w.Open(t)
	first := mustPut(t, a, "c.name", "1", 0)
	if _, err := put(t, b, "c.name", "2", 0, 0); !errors.Is(err, registry.ErrRevision) {
		t.Errorf("a second creation: %v", err)
	}
	second := mustPut(t, b, "c.name", "2", first)
	if second <= first {
		t.Errorf("revision %d after %d", second, first)
	}
	if _, err := put(t, a, "c.name", "3", first, 0); !errors.Is(err, registry.ErrRevision) {
		t.Errorf("a write over what is not there any more: %v", err)
	}
	await(t, "both read the second", func() bool {
		x, y := mustGet(t, a, "c.name"), mustGet(t, b, "c.name")
		return string(x.Value) == "2" && string(y.Value) == "2" && x.Rev == second && !x.Gone
	})
}

func deletion(t *testing.T, w *World) {
	s := w.Open(t)
	rev := mustPut(t, s, "c.name", "1", 0)
	if err := remove(t, s, "c.name", rev+100); !errors.Is(err, registry.ErrRevision) {
		t.Errorf("deleting another revision: %v", err)
	}
	if err := remove(t, s, "c.name", rev); err != nil {
		t.Fatal(err)
	}
	var e registry.Entry
	await(t, "the key is gone", func() bool { e = mustGet(t, s, "c.name"); return e.Gone })
	if e.Rev <= rev {
		t.Errorf("the deletion has revision %d, the value had %d", e.Rev, rev)
	}
	if _, err := put(t, s, "c.name", "2", 0, 0); !errors.Is(err, registry.ErrRevision) {
		t.Errorf("writing as if there had been nothing: %v", err)
	}
	mustPut(t, s, "c.name", "2", e.Rev)
}

const shortTTL = 2 * time.Second

func expiry(t *testing.T, w *World) {
	s := w.Open(t)
	rev, err := put(t, s, "n.aaaaaaaaaa", "1", 0, shortTTL)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the key has expired", func() bool { return mustGet(t, s, "n.aaaaaaaaaa").Gone })
	if _, err := put(t, s, "n.aaaaaaaaaa", "2", rev, shortTTL); !errors.Is(err, registry.ErrRevision) {
		t.Errorf("renewing what has expired: %v", err)
	}
}

func renewal(t *testing.T, w *World) {
	s := w.Open(t)
	for end := time.Now().Add(patience); ; {
		lasted, late := renew(t, s)
		switch {
		case lasted:
			return
		case !late:
			t.Fatal("a key that was renewed in time has expired")
		case time.Now().After(end):
			t.Skip("this machine is too busy to renew a key in time")
		}
	}
}

// renew renews a key for longer than it would last without, and says whether it lasted; late: no renewal was in time.
func renew(t *testing.T, s registry.Store) (lasted, late bool) {
	t.Helper()
	rev, err := put(t, s, "n.aaaaaaaaaa", "1", mustGet(t, s, "n.aaaaaaaaaa").Rev, shortTTL)
	if err != nil {
		return false, true // what was read was a moment old
	}
	began := time.Now()
	for end := began.Add(2 * shortTTL); time.Now().Before(end); began = time.Now() {
		time.Sleep(shortTTL / 8)
		if rev, err = put(t, s, "n.aaaaaaaaaa", "1", rev, shortTTL); err != nil {
			return false, time.Since(began) > shortTTL/2
		}
	}
	return true, false
}

// tape records what a watch tells.
type tape struct {
	mu     sync.Mutex
	events []registry.Event
}

func record(t *testing.T, s registry.Store) *tape {
	tp := &tape{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = s.Watch(ctx, func(e registry.Event) {
				tp.mu.Lock()
				tp.events = append(tp.events, e)
				tp.mu.Unlock()
			})
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return tp
}

func (tp *tape) has(is func(registry.Event) bool) bool { return tp.index(is) >= 0 }

func (tp *tape) index(is func(registry.Event) bool) int {
	tp.mu.Lock()
	defer tp.mu.Unlock()
	for i, e := range tp.events {
		if is(e) {
			return i
		}
	}
	return -1
}

func value(key, value string) func(registry.Event) bool {
	return func(e registry.Event) bool { return e.Key == key && string(e.Value) == value && !e.Gone }
}

func gone(key string) func(registry.Event) bool {
	return func(e registry.Event) bool { return e.Key == key && e.Gone }
}

func isSync(e registry.Event) bool { return e.Synced }

func watching(t *testing.T, w *World) {
	s := w.Open(t)
	rev := mustPut(t, s, "c.old", "1", 0)
	tp := record(t, w.Open(t))
	await(t, "the watch knows what there is", func() bool { return tp.has(isSync) })
	if i := tp.index(value("c.old", "1")); i < 0 || i > tp.index(isSync) {
		t.Errorf("what was there before was told at %d, Synced at %d", i, tp.index(isSync))
	}
	rev = mustPut(t, s, "c.old", "2", rev)
	mustPut(t, s, "c.new", "3", 0)
	if err := remove(t, s, "c.old", rev); err != nil {
		t.Fatal(err)
	}
	await(t, "a change", func() bool { return tp.has(value("c.new", "3")) })
	await(t, "a deletion", func() bool { return tp.has(gone("c.old")) })
}

func watchExpiry(t *testing.T, w *World) {
	s := w.Open(t)
	tp := record(t, w.Open(t))
	await(t, "the watch knows what there is", func() bool { return tp.has(isSync) })
	if _, err := put(t, s, "n.aaaaaaaaaa", "1", 0, shortTTL); err != nil {
		t.Fatal(err)
	}
	await(t, "the key's coming", func() bool { return tp.has(value("n.aaaaaaaaaa", "1")) })
	await(t, "the key's end", func() bool { return tp.has(gone("n.aaaaaaaaaa")) })
}

func manyCreate(t *testing.T, w *World) {
	stores := []registry.Store{w.Open(t), w.Open(t), w.Open(t)}
	for round := range 50 {
		key := registry.Key("round" + string(rune('a'+round%26)) + string(rune('a'+round/26)) + ".example")
		won := make([]bool, 6)
		var wg sync.WaitGroup
		for i := range won {
			wg.Go(func() {
				_, err := put(t, stores[i%len(stores)], key, string(rune('0'+i)), 0, 0)
				won[i] = err == nil
			})
		}
		wg.Wait()
		n := 0
		for _, w := range won {
			if w {
				n++
			}
		}
		// A lost answer may leave none that knows; two are never right.
		if n > 1 {
			t.Fatalf("round %d: %d created the key", round, n)
		}
		await(t, "somebody has created the key", func() bool { return !mustGet(t, stores[0], key).Gone })
	}
}

func generation(t *testing.T, w *World) {
	a, b := w.Open(t), w.Open(t)
	var x, y uint64
	await(t, "a generation", func() bool {
		var errX, errY error
		x, errX = a.Generation(soon(t))
		y, errY = b.Generation(soon(t))
		return errX == nil && errY == nil
	})
	if x != y || x == 0 {
		t.Errorf("generations %d and %d of one store", x, y)
	}
	if w.Forget == nil {
		return
	}
	w.Forget(t)
	await(t, "another generation", func() bool {
		z, err := a.Generation(soon(t))
		return err == nil && z > x
	})
}
