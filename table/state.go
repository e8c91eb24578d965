// SPDX-License-Identifier: Apache-2.0

package table

// Entry is a name and who serves it, as a value.
type Entry struct {
	Text      string
	Instances []uint64 // their IDs, in the order in which they came
}

// Entries are all names, in no order.
func (t *Table) Entries() []Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Entry, 0, t.Len())
	t.names.IterCb(func(text string, n *Name) {
		e := Entry{Text: text}
		for _, inst := range n.Set().Instances {
			e.Instances = append(e.Instances, inst.ID)
		}
		all = append(all, e)
	})
	return all
}

// Restore enters instances under the names they had in another process; find gives
// the one with an ID, whose exported fields are all set, or nil for one that is not
// there. A name that nobody is left to serve is not entered.
func (t *Table) Restore(all []Entry, find func(id uint64) *Instance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range all {
		for _, id := range e.Instances {
			inst := find(id)
			if inst == nil {
				continue
			}
			if !inst.registered {
				inst.registered, inst.names = true, inst.only[:0]
			}
			t.give(e.Text, inst)
		}
	}
}
