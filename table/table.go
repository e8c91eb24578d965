// SPDX-License-Identifier: Apache-2.0

package table

import (
	"hash/maphash"
	"sync"

	cmap "github.com/orcaman/concurrent-map/v2"
)

// Table is the component table. Safe for concurrent use; see the package comment for what is locked when.
type Table struct {
	names cmap.ConcurrentMap[string, *Name]
	mu    sync.Mutex // the registry lock: every change of names, of a Name's set, of an Instance's names
}

// New makes an empty table.
func New() *Table {
	// The stripe of a name comes from a seeded hash: nobody can choose names that all meet on one stripe's lock.
	// It is also cheaper than the map's default, FNV over every byte (BenchmarkLookup/stripe).
	seed := maphash.MakeSeed()
	return &Table{
		names: cmap.NewWithCustomShardingFunction[string, *Name](func(name string) uint32 {
			return uint32(maphash.String(seed, name))
		}),
	}
}

// Lookup finds who serves a domain (normalised), nil when nobody does. It allocates nothing and keeps nothing of
// domain. The name may be gone by the time the caller looks at it, as anything read without a lock may be.
func (t *Table) Lookup(domain []byte) *Name {
	n, _ := t.names.Get(view(domain))
	return n
}

// Len counts the names.
func (t *Table) Len() int { return t.names.Count() }

// Each calls f for the names there are, in no order, until f says false. It works on a snapshot of pointers: f may
// call the table, and a name that comes or goes meanwhile may be missed or met.
func (t *Table) Each(f func(*Name) bool) {
	all := make([]*Name, 0, t.Len())
	t.names.IterCb(func(_ string, n *Name) { all = append(all, n) })
	for _, n := range all {
		if !n.Gone() && !f(n) {
			return
		}
	}
}
