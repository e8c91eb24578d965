// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"slices"
	"sync/atomic"

	"weir/table"
)

// Node names a node of the cluster: ten letters and digits.
type Node string

// Peer is one run of a node: a process that starts anew has another incarnation.
type Peer struct {
	Node        Node
	Incarnation uint64
}

// Holder is one component stream on some node that serves a name.
type Holder struct {
	Peer
	ID      uint64 // the instance's, unlike all others in the cluster
	Epoch   uint64 // of its claim: a later claim of the same name has a larger one
	Balance bool   // it shares the name with others that do
	Hidden  bool   // service discovery shows it to no user
}

// Set is who serves a name on other nodes at one moment, by the order of their
// claims. Immutable.
type Set struct {
	Holders []Holder
	// Ours is the epoch of this node's own oldest claim of the name, as far as the
	// record that told of the holders says; 0: it has none.
	Ours uint64
}

var none = &Set{}

// First is the holder whose claim is the oldest; nil without one.
func (s *Set) First() *Holder {
	if len(s.Holders) == 0 {
		return nil
	}
	return &s.Holders[0]
}

// ByID is the holder with an instance ID; nil without one.
func (s *Set) ByID(id uint64) *Holder {
	for i := range s.Holders {
		if s.Holders[i].ID == id {
			return &s.Holders[i]
		}
	}
	return nil
}

// Balanced says whether those who serve the name share it.
func (s *Set) Balanced() bool { return len(s.Holders) > 0 && s.Holders[0].Balance }

// Hidden says whether service discovery shows the name to no user.
func (s *Set) Hidden() bool {
	return !slices.ContainsFunc(s.Holders, func(h Holder) bool { return !h.Hidden })
}

// Name is one name that other nodes serve. Its address is stable until nobody
// does, so that caches may hold it; they check [Name.Gone]. Safe for concurrent
// use.
type Name struct {
	Text string // normalised; immutable

	set    atomic.Pointer[Set]
	gone   atomic.Bool
	askers atomic.Pointer[table.Askers]
	all    atomic.Pointer[[]Holder] // those too whose node is not known to live
}

// Gone says that nobody serves the name any more. It stays so.
func (n *Name) Gone() bool { return n.gone.Load() }

// Holders are all that are known to hold the name, on whatever node, and though it
// may not live.
func (n *Name) Holders() []Holder { return *n.all.Load() }

// Set is who serves the name now.
func (n *Name) Set() *Set { return n.set.Load() }

// Asked says whether Askers may know of anything.
func (n *Name) Asked() bool { return n.askers.Load() != nil }

// Askers remembers which instance of a shared name asked whom, so that the
// answer goes there.
func (n *Name) Askers() *table.Askers {
	if a := n.askers.Load(); a != nil {
		return a
	}
	n.askers.CompareAndSwap(nil, table.NewAskers(0, 0))
	return n.askers.Load()
}
