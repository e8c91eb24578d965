// SPDX-License-Identifier: Apache-2.0

package table

// SetAway says which instances on other nodes share a name with ours. They are
// only ever picked (Set.PickAny), and go with the last of ours. A name that is not
// here, or does not balance, has none.
func (t *Table) SetAway(name string, away []*Instance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.names.Get(name)
	if !ok {
		return
	}
	s := n.Set()
	if s == goneSet || !s.Instances[0].Balance || len(s.Away) == 0 && len(away) == 0 {
		return
	}
	n.set.Store(newSetBeside(away, s.Instances...))
}

// AnyByID is ByID among those away, too.
func (s *Set) AnyByID(id uint64) *Instance {
	if i := s.ByID(id); i != nil {
		return i
	}
	for _, i := range s.Away {
		if i.ID == id {
			return i
		}
	}
	return nil
}
