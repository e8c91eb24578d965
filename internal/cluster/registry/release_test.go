// SPDX-License-Identifier: Apache-2.0

package registry_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/registry"
	"weir/internal/cluster/registry/memstore"
	"weir/table"
)

var other = directory.Peer{Node: "bbbbbbbbbb", Incarnation: 2}

// A node that leaves gives back what it has by a few writers, and reads nothing of what is its alone: one after the other, or
// each read first, 5,000 names would take 5 s and more here, and it has two.
func TestALeavingNodeGivesBackByAFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const names = 5000
		server := memstore.NewServer()
		s := &countingStore{Store: memstore.NewClient(server, 1)}
		r := startOn(t, s)
		claimMany(t, r, names)
		s.most, s.read = 0, 0
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		r.Leave(ctx)
		if n := server.Keys("c."); n != 0 {
			t.Errorf("%d names of %d are left", n, names)
		}
		if s.most < 2 || s.most > registry.ReleaseWriters {
			t.Errorf("%d writes at once, wanted 2 to %d", s.most, registry.ReleaseWriters)
		}
		if s.read > 0 {
			t.Errorf("%d names were read to be given back", s.read)
		}
	})
}

// What a dead node has left is removed by a few writers.
func TestTheDeadAreSweptByAFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const names = 5000
		server := memstore.NewServer()
		dead := startAs(t, memstore.NewClient(server, 1), other)
		claimMany(t, dead, names)
		s := &countingStore{Store: memstore.NewClient(server, 2)}
		r := startOn(t, s)
		defer r.Leave(context.Background())
		dead.Stop() // its lease ends 25 to 30 s later
		began := time.Now()
		for server.Keys("c.") > 0 {
			if time.Since(began) > 35*time.Second {
				t.Fatalf("%d names of %d are left", server.Keys("c."), names)
			}
			time.Sleep(10 * time.Millisecond)
		}
		synctest.Wait()
		if s.most < 2 || s.most > registry.SweepWriters {
			t.Errorf("%d writes at once, wanted 2 to %d", s.most, registry.SweepWriters)
		}
	})
}

// stillStore tells a watch nothing more while it is still.
type stillStore struct {
	registry.Store
	still atomic.Bool
}

func (s *stillStore) Watch(ctx context.Context, tell func(registry.Event)) error {
	return s.Store.Watch(ctx, func(e registry.Event) {
		if !s.still.Load() {
			tell(e)
		}
	})
}

// Who gives a name back as if it were its alone takes nobody else's, of whom it has not heard yet.
func TestANameIsGivenBackBesideOneNotHeardOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := memstore.NewServer()
		s := &stillStore{Store: memstore.NewClient(server, 1)}
		ours, theirs := startOn(t, s), startAs(t, memstore.NewClient(server, 2), other)
		defer ours.Leave(context.Background())
		defer theirs.Leave(context.Background())
		if _, err := ours.Claim(t.Context(), registry.Request{Name: "bot.example", ID: 1, Policy: table.Balance}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s.still.Store(true)
		if _, err := theirs.Claim(t.Context(), registry.Request{Name: "bot.example", ID: 2, Policy: table.Balance}); err != nil {
			t.Fatal(err)
		}
		ours.Release("bot.example", 1)
		synctest.Wait()
		e, err := s.Get(t.Context(), registry.Key("bot.example"))
		if err != nil || e.Gone || strings.Contains(string(e.Value), "aaaaaaaaaa") || !strings.Contains(string(e.Value), "bbbbbbbbbb") {
			t.Errorf("the record is %s, %v", e.Value, err)
		}
	})
}

// A name that waited to be given back while the store was away is read first: a store that has lost all begins with its
// revisions anew, and somebody else may have the name by the very one by which it was ours.
func TestANameIsGivenBackToAStoreThatHasForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const names = 3 * registry.ReleaseWriters
		server := memstore.NewServer()
		way, theirWay := memstore.NewClient(server, 1), memstore.NewClient(server, 2)
		ours, theirs := startOn(t, way), startAs(t, theirWay, other)
		defer ours.Leave(context.Background())
		defer theirs.Leave(context.Background())
		claimMany(t, ours, names)
		last := fmt.Sprintf("bot%d.example", names-1)
		was, err := way.Get(t.Context(), registry.Key(last))
		if err != nil {
			t.Fatal(err)
		}
		way.SetFaults(memstore.Faults{Cut: true})
		for i := range names { // the writers wait with the first of them, the others wait for the writers
			ours.Release(fmt.Sprintf("bot%d.example", i), uint64(i+1))
		}
		synctest.Wait()
		server.Forget()
		time.Sleep(time.Second) // theirs has found out
		for rev := uint64(0); rev+1 < was.Rev; {
			if rev, err = theirWay.Put(t.Context(), fmt.Sprintf("x.%d", rev), []byte("{}"), 0, 0); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := theirs.Claim(t.Context(), registry.Request{Name: last, ID: 1000, Policy: table.Disconnect}); err != nil {
			t.Fatal(err)
		}
		if e, err := theirWay.Get(t.Context(), registry.Key(last)); err != nil || e.Rev != was.Rev {
			t.Fatalf("it has revision %d, %v; not %d", e.Rev, err, was.Rev)
		}
		way.SetFaults(memstore.Faults{})
		for ours.Releases() > 0 {
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(5 * time.Second) // the last of them, too
		if e, err := theirWay.Get(t.Context(), registry.Key(last)); err != nil || e.Gone || e.Rev != was.Rev {
			t.Errorf("theirs was taken away: %+v, %v", e, err)
		}
	})
}
