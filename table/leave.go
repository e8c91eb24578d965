// SPDX-License-Identifier: Apache-2.0

package table

// Unregister takes the instance out of every name it still holds. One that was replaced, or left before, holds none.
func (t *Table) Unregister(inst *Instance) { t.Leave(inst, nil) }

// Leave is Unregister for an instance that shares names. For each name that others go on serving, move is called in
// the critical section while lookups still find the instance: rest is the set that will serve the name, and from the
// return on, whatever a sender with an old pointer still brings must go to what rest picks. So what waits for the
// instance can be moved ahead of anything later. move must not call the table. For a name that is gone with the
// instance there is nobody to move to, and no call.
func (t *Table) Leave(inst *Instance, move func(n *Name, rest *Set)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(inst, move)
}

func (t *Table) remove(inst *Instance, move func(n *Name, rest *Set)) {
	for _, n := range inst.names {
		set := n.Set()
		if !set.has(inst) {
			continue // replaced there by a newcomer
		}
		rest := set.without(inst)
		if rest == goneSet {
			t.names.Remove(n.Text)
		} else if move != nil {
			move(n, rest)
		}
		n.set.Store(n.beside(rest))
	}
	inst.names, inst.registered = nil, false
}
