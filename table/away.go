// SPDX-License-Identifier: Apache-2.0

package table

import "sync/atomic"

// shared is what only a name has that several instances can serve.
type shared struct {
	askers *Askers
	away   atomic.Pointer[[]*Instance]
}

// SetAway says which instances on other nodes share a name with ours. They are
// only ever picked (Name.PickAny), and forgotten with the last of ours. A name that
// is not here, or does not balance, has none.
func (t *Table) SetAway(name string, away []*Instance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.names.Get(name)
	if !ok || n.shared == nil || len(n.Away()) == 0 && len(away) == 0 {
		return
	}
	n.shared.away.Store(&away)
	// Another set, so that who remembers the last one looks again.
	n.set.Store(n.beside(newSet(n.Set().Instances...)))
}

// Away are the instances on other nodes that share the name with ours. Their
// receivers are not ours.
func (n *Name) Away() []*Instance {
	if n.shared == nil {
		return nil
	}
	if p := n.shared.away.Load(); p != nil {
		return *p
	}
	return nil
}

// beside makes of a set one that is not taken for a single instance's while others
// are away.
func (n *Name) beside(s *Set) *Set {
	if s.only[0] == nil || len(n.Away()) == 0 {
		return s
	}
	return &Set{Instances: []*Instance{s.only[0]}}
}

// PickAny is Pick among those away, too.
func (n *Name) PickAny(bareSender []byte) *Instance {
	s := n.Set()
	if one := s.only[0]; one != nil {
		return one
	}
	var h heaviest
	sender := hashBytes(bareSender)
	h.weigh(sender, s.Instances)
	h.weigh(sender, n.Away())
	return h.best
}

// AnyByID is the instance with this ID, here or away; nil without one.
func (n *Name) AnyByID(id uint64) *Instance {
	if i := n.Set().ByID(id); i != nil {
		return i
	}
	for _, i := range n.Away() {
		if i.ID == id {
			return i
		}
	}
	return nil
}
