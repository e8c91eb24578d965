// SPDX-License-Identifier: Apache-2.0

package table

import "sync/atomic"

// Instance is one component stream that serves names. The caller fills ID, Receiver and Hidden before [Table.Register];
// from then on all exported fields are immutable and may be read on any goroutine.
type Instance struct {
	// ID tells instances of one process apart and is never used twice; the share of a balanced instance depends on it.
	ID uint64
	// Receiver is the caller's own: what to do with a stanza for this instance. The table does not look at it.
	Receiver any
	// Hidden keeps the instance out of service discovery for users (hidden_components).
	Hidden bool
	// Balance is set by Register: the instance came with the policy Balance and may share its names.
	Balance bool

	// Guarded by the registry lock.
	registered bool
	names      []*Name
	only       [1]*Name // the room of names for the usual case
}

// Set is what serves a name at one moment. Immutable.
type Set struct {
	Instances []*Instance // in the order in which they came
	only      [1]*Instance
}

// goneSet is the set of every name whose last instance left.
var goneSet = &Set{}

func newSet(instances ...*Instance) *Set {
	s := &Set{Instances: instances}
	if len(instances) == 1 {
		// The set and its one member are one allocation, and One needs neither the length nor a second load.
		s.only[0] = instances[0]
		s.Instances = s.only[:]
	}
	return s
}

// One gives the only instance, nil when there is none or there are several, here
// and elsewhere.
func (s *Set) One() *Instance { return s.only[0] }

// ByID gives the instance with this ID, nil when it is not (or no longer) in the set.
func (s *Set) ByID(id uint64) *Instance {
	for _, i := range s.Instances {
		if i.ID == id {
			return i
		}
	}
	return nil
}

// Hidden says whether service discovery shows the name to no user: all its instances are hidden.
func (s *Set) Hidden() bool {
	for _, i := range s.Instances {
		if !i.Hidden {
			return false
		}
	}
	return len(s.Instances) > 0
}

func (s *Set) has(inst *Instance) bool {
	for _, i := range s.Instances {
		if i == inst {
			return true
		}
	}
	return false
}

func (s *Set) with(inst *Instance) *Set {
	return newSet(append(s.Instances[:len(s.Instances):len(s.Instances)], inst)...)
}

// without gives the set that is left when inst goes: goneSet when it was the last.
func (s *Set) without(inst *Instance) *Set {
	rest := make([]*Instance, 0, len(s.Instances))
	for _, i := range s.Instances {
		if i != inst {
			rest = append(rest, i)
		}
	}
	if len(rest) == 0 {
		return goneSet
	}
	return newSet(rest...)
}

// Name is one served name. Its address is stable from the first registration until the last instance leaves, so that
// caches may hold it; they check [Name.Gone]. Safe for concurrent use.
type Name struct {
	Text string // normalised; immutable

	set    atomic.Pointer[Set]
	shared atomic.Pointer[shared] // of a name that can be shared; set once
}

// Gone says that the last instance has left. It stays so: who holds the pointer looks the name up again.
func (n *Name) Gone() bool { return n.set.Load() == goneSet }

// Set is what serves the name now; empty exactly when the name is gone.
func (n *Name) Set() *Set { return n.set.Load() }

// One gives the only instance, nil when the name is gone or several serve it, here
// and elsewhere.
func (n *Name) One() *Instance { return n.set.Load().only[0] }

// Pick gives the instance that serves a sender (bare address, normalised), nil when the name is gone.
func (n *Name) Pick(bareSender []byte) *Instance { return n.set.Load().Pick(bareSender) }

// Askers remembers which of several instances asked whom. It is nil for a name that no instance has opened for sharing:
// such a name never has several instances.
func (n *Name) Askers() *Askers {
	if s := n.shared.Load(); s != nil {
		return s.askers
	}
	return nil
}
