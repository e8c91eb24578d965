// SPDX-License-Identifier: Apache-2.0

package router

import (
	"hash/maphash"

	"weir/table"
)

// cacheSlots is a power of two: 2 KiB of pointers for each loop. With 64 busy names about 8 of them share a slot with
// another and pay the table's price.
const cacheSlots = 256

// Cache resolves for one loop and remembers the components it has met, at less than half the table's price
// (BenchmarkLookup). Only components are remembered, so that strange names drive nobody out, and a hit is right by the
// table's rule: all steps that come before the table are immutable in a Router, and a *Name holds until it is gone.
// Owned by its loop.
type Cache struct {
	router *Router
	seed   maphash.Seed // a sender cannot choose names that drive each other out
	names  [cacheSlots]*table.Name
}

// NewCache makes an empty cache.
func NewCache() *Cache { return &Cache{seed: maphash.MakeSeed()} }

// Resolve is r.Resolve(domain). Another router than the last time's (a reload) empties the cache.
func (c *Cache) Resolve(r *Router, domain []byte) Target {
	if r != c.router {
		c.router, c.names = r, [cacheSlots]*table.Name{}
	}
	slot := &c.names[maphash.Bytes(c.seed, domain)%cacheSlots]
	if n := *slot; n != nil && n.Text == string(domain) && !n.Gone() {
		return Target{Kind: Component, Name: n}
	}
	t := r.Resolve(domain)
	if t.Kind == Component {
		*slot = t.Name
	}
	return t
}
