// SPDX-License-Identifier: Apache-2.0

package table

import "sync/atomic"

// shared is what only a name has that several instances can serve.
type shared struct {
	askers    *Askers
	elsewhere atomic.Bool // it is served on other nodes, too, whether by those that share it or not
	away      atomic.Pointer[[]*Instance]
}

// share has several instances be able to serve the name.
func (n *Name) share(elsewhere bool) {
	s := &shared{askers: NewAskers(0, 0)}
	s.elsewhere.Store(elsewhere)
	n.shared.Store(s)
}

// SetAway asks find whether a name is served on other nodes, too, and which instances
// there share it with ours. Those are only ever picked (Name.PickAny), and forgotten
// with the last of ours. A name that is not here, or does not balance, has none. find
// is called inside the critical section, so that of two calls the later one's holds.
func (t *Table) SetAway(name string, find func() (away []*Instance, elsewhere bool)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.names.Get(name)
	if !ok {
		return
	}
	away, elsewhere := find()
	// Another set, so that who remembers the last one looks again.
	switch s := n.shared.Load(); {
	case s == nil:
		if one := n.Set().Instances[0]; elsewhere != n.Elsewhere() {
			n.set.Store(single(one, elsewhere))
		}
	case elsewhere || n.Elsewhere():
		s.away.Store(&away)
		s.elsewhere.Store(elsewhere)
		n.set.Store(n.beside(newSet(n.Set().Instances...)))
	}
}

// single is the set of one instance. If the name is served elsewhere, too, it is not
// taken for the only one.
func single(one *Instance, elsewhere bool) *Set {
	if elsewhere {
		return &Set{Instances: []*Instance{one}}
	}
	return newSet(one)
}

// Elsewhere says whether the name is served on other nodes, too.
func (n *Name) Elsewhere() bool {
	if s := n.shared.Load(); s != nil {
		return s.elsewhere.Load()
	}
	s := n.Set()
	return len(s.Instances) == 1 && s.only[0] == nil
}

// Away are the instances on other nodes that share the name with ours. Their
// receivers are not ours.
func (n *Name) Away() []*Instance {
	if s := n.shared.Load(); s != nil {
		if p := s.away.Load(); p != nil {
			return *p
		}
	}
	return nil
}

// beside makes of a set one that is not taken for a single instance's while others
// are elsewhere.
func (n *Name) beside(s *Set) *Set {
	if s.only[0] == nil {
		return s
	}
	return single(s.only[0], n.Elsewhere())
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
