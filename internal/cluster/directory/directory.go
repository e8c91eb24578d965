// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	cmap "github.com/orcaman/concurrent-map/v2"
)

// Directory is the names that other nodes serve, and the nodes there are. Lookup,
// Lives and Each are safe for concurrent use; changes come one at a time.
type Directory struct {
	// Changed is called after the set of a name has changed, with nothing of the
	// directory locked; nil: nobody wants to know. It is set before the first change.
	Changed func(n *Name)

	self    Peer
	changes atomic.Uint64
	names   cmap.ConcurrentMap[string, *Name]

	mu    sync.RWMutex
	nodes map[Node]uint64 // those that live, and their incarnation
}

// New makes an empty directory of the node self.
func New(self Peer) *Directory {
	seed := maphash.MakeSeed()
	return &Directory{
		self:  self,
		nodes: map[Node]uint64{},
		names: cmap.NewWithCustomShardingFunction[string, *Name](func(name string) uint32 {
			return uint32(maphash.String(seed, name))
		}),
	}
}

// Changes counts the changes of what Lookup, Lives and Run say, each when it is there.
func (d *Directory) Changes() uint64 { return d.changes.Load() }

// Self is this node.
func (d *Directory) Self() Peer { return d.self }

// Lookup finds who serves a domain (normalised) on other nodes; nil when nobody
// is known to. It keeps nothing of domain.
func (d *Directory) Lookup(domain []byte) *Name {
	// The map only compares it.
	n, _ := d.names.Get(unsafe.String(unsafe.SliceData(domain), len(domain)))
	if n == nil || len(n.Set().Holders) == 0 {
		return nil
	}
	return n
}

// Len counts the names.
func (d *Directory) Len() int { return d.names.Count() }

// Each calls f for the names that other nodes serve, in no order, until it says
// false.
func (d *Directory) Each(f func(*Name) bool) {
	for _, n := range d.list() {
		if len(n.Set().Holders) > 0 && !f(n) {
			return
		}
	}
}

// All calls f for every name that somebody holds, though his node may not live,
// in no order.
func (d *Directory) All(f func(*Name)) {
	for _, n := range d.list() {
		f(n)
	}
}

// list is all names at one moment. Whoever goes through them may ask the directory:
// the map is locked no more, as it is while it calls back.
func (d *Directory) list() []*Name {
	all := make([]*Name, 0, d.Len())
	d.names.IterCb(func(_ string, n *Name) { all = append(all, n) })
	return all
}

// Lives says whether a run of a node holds its lease, as far as is known here.
func (d *Directory) Lives(p Peer) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	inc, ok := d.nodes[p.Node]
	return ok && inc == p.Incarnation
}

// Run is the run of a node that lives.
func (d *Directory) Run(n Node) (Peer, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	inc, ok := d.nodes[n]
	return Peer{n, inc}, ok
}

// Nodes are the nodes that live, this one too if it does, by name.
func (d *Directory) Nodes() []Peer {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]Peer, 0, len(d.nodes))
	for n, inc := range d.nodes {
		all = append(all, Peer{n, inc})
	}
	slices.SortFunc(all, func(a, b Peer) int { return cmp.Compare(a.Node, b.Node) })
	return all
}

// SetNode notes that a run of a node lives. It says which run of the node lived
// before, if it was another one.
func (d *Directory) SetNode(p Peer) (before Peer, ended bool) {
	d.mu.Lock()
	inc, had := d.nodes[p.Node]
	d.nodes[p.Node] = p.Incarnation
	d.changes.Add(1)
	d.mu.Unlock()
	if had && inc == p.Incarnation {
		return Peer{}, false
	}
	d.sift(p.Node)
	return Peer{p.Node, inc}, had
}

// EndNode notes that a node lives no more.
func (d *Directory) EndNode(n Node) (before Peer, ended bool) {
	d.mu.Lock()
	inc, had := d.nodes[n]
	delete(d.nodes, n)
	d.changes.Add(1)
	d.mu.Unlock()
	if had {
		d.sift(n)
	}
	return Peer{n, inc}, had
}

// sift works out anew who serves the names of a node.
func (d *Directory) sift(node Node) {
	d.All(func(n *Name) {
		if slices.ContainsFunc(n.Holders(), func(h Holder) bool { return h.Node == node }) {
			d.settle(n)
		}
	})
}

// Update says who holds a name, on whatever node; nobody: the name is forgotten.
func (d *Directory) Update(text string, holders []Holder) {
	n, ok := d.names.Get(text)
	others := slices.ContainsFunc(holders, func(h Holder) bool { return h.Node != d.self.Node })
	switch {
	case !ok && !others:
		return
	case !ok:
		n = &Name{Text: text}
		n.set.Store(none)
		n.all.Store(&holders)
		d.names.Set(text, n)
	case !others:
		n.all.Store(new([]Holder))
		d.names.Remove(text)
	default:
		n.all.Store(&holders)
	}
	d.settle(n)
}

// Holders are all that are known to hold a name, this node too.
func (d *Directory) Holders(text string) []Holder {
	n, _ := d.names.Get(text)
	if n == nil {
		return nil
	}
	return n.Holders()
}

// settle makes the set of a name that of its holders on other nodes that live.
func (d *Directory) settle(n *Name) {
	var live []Holder
	ours := uint64(0)
	for _, h := range *n.all.Load() {
		switch {
		case h.Peer == d.self && (ours == 0 || h.Epoch < ours):
			ours = h.Epoch
		case h.Node != d.self.Node && d.Lives(h.Peer):
			live = append(live, h)
		}
	}
	slices.SortFunc(live, func(a, b Holder) int { return cmp.Compare(a.Epoch, b.Epoch) })
	if slices.Equal(live, n.Set().Holders) && (ours == n.Set().Ours || len(live) == 0) {
		n.gone.Store(len(*n.all.Load()) == 0)
		return
	}
	next := none
	if len(live) > 0 {
		next = &Set{Holders: live, Ours: ours}
	}
	n.set.Store(next)
	n.gone.Store(len(*n.all.Load()) == 0)
	d.changes.Add(1)
	if d.Changed != nil {
		d.Changed(n)
	}
}
