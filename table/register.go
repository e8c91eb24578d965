// SPDX-License-Identifier: Apache-2.0

package table

import "slices"

// Policy says what happens when a wanted name is served already (conflict_behaviour). The newcomer's listener decides.
type Policy uint8

const (
	Disconnect Policy = iota // the newcomer is refused
	KickOld                  // the newcomer takes the name, whoever had it is replaced
	Balance                  // the newcomer joins, if those who have the name came with Balance too; else it is refused
)

// String is the word of the configuration.
func (p Policy) String() string {
	switch p {
	case Disconnect:
		return "disconnect"
	case KickOld:
		return "kick_old"
	case Balance:
		return "balance"
	}
	return "unknown"
}

// Request is one registration: all of it happens, or nothing. The callbacks may be nil; they run in the critical
// section of the table and must not call it. Their order: Reserved and Gone, then (nothing stands in the way any more)
// Admitted, HandOver, the swap, Retire.
type Request struct {
	Names    []string // normalised; one met twice counts once
	Instance *Instance
	Policy   Policy

	// Gone says that an instance is one in name only: its peer has left, and it has not come to know it yet. A name
	// that only such ones serve is taken over, whatever the policy.
	Gone func(old *Instance) bool
	// Reserved says that a name belongs to this node's own services: nobody can have it, whatever the policy.
	Reserved func(name string) bool
	// Admitted is called once when the registration is certain and nothing can find the instance yet: the place to
	// queue what it must read before anything that is routed to it.
	Admitted func()
	// HandOver is called once for each replaced instance while lookups still find it: from its return on, whatever a
	// sender with an old pointer still brings to old must go to new.
	HandOver func(old, new *Instance)
	// Retire is called, instead of HandOver and after the swap, for a replaced instance that held other names besides
	// those the newcomer takes. It loses these too, as its stream ends; but what waits for it cannot be handed to the
	// newcomer, which has no right to the stanzas of the other names.
	Retire func(old *Instance)
}

// Register enters an instance under all the names of the request, or under none (ErrConflict). It gives the instances
// that were replaced (KickOld, or Gone): they are out of the table altogether, and a later Unregister of theirs changes nothing.
func (t *Table) Register(r Request) (replaced []*Instance, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	inst := r.Instance
	if inst.registered {
		panic("table: Register of an instance that is registered already")
	}
	if replaced, err = t.contest(r); err != nil {
		return nil, err
	}
	inst.Balance = r.Policy == Balance
	inst.registered = true
	inst.names = inst.only[:0]

	if r.Admitted != nil {
		r.Admitted()
	}
	var retired []*Instance
	for _, old := range replaced {
		if !covers(r.Names, old.names) {
			retired = append(retired, old)
		} else if r.HandOver != nil {
			r.HandOver(old, inst)
		}
	}
	for _, name := range r.Names {
		t.give(name, inst)
	}
	for _, old := range replaced {
		t.remove(old, nil)
	}
	for _, old := range retired {
		if r.Retire != nil {
			r.Retire(old)
		}
	}
	return replaced, nil
}

// AddNames enters a registered instance under further names, all or none; those it has already are passed over. It
// never replaces anybody: a name that is served is a conflict, unless all that serve it and the instance came with
// Balance. reserved and admitted are as in [Request]. An instance that left meanwhile gets nothing (ErrLeft).
func (t *Table) AddNames(inst *Instance, names []string, reserved func(name string) bool, admitted func()) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !inst.registered {
		return ErrLeft
	}
	r := Request{Names: names, Instance: inst, Reserved: reserved}
	if inst.Balance {
		r.Policy = Balance
	}
	if _, err := t.contest(r); err != nil {
		return err
	}
	if admitted != nil {
		admitted()
	}
	for _, name := range names {
		t.give(name, inst)
	}
	return nil
}

// contest says who must make way for the request, or what it fails on. It changes nothing.
func (t *Table) contest(r Request) (losers []*Instance, err error) {
	for _, name := range r.Names {
		if r.Reserved != nil && r.Reserved(name) {
			return nil, ErrConflict{Name: name, Reserved: true}
		}
		n, ok := t.names.Get(name)
		if !ok || n.Set().has(r.Instance) {
			continue
		}
		holders := n.Set().Instances
		switch {
		case r.Policy == Balance && holders[0].Balance: // one is of Balance: all are
		case r.Policy == KickOld, r.allGone(holders):
			for _, old := range holders {
				if !slices.Contains(losers, old) {
					losers = append(losers, old)
				}
			}
		default:
			return nil, ErrConflict{Name: name}
		}
	}
	return losers, nil
}

// allGone says that of those who have a name nobody is there any more.
func (r *Request) allGone(holders []*Instance) bool {
	return r.Gone != nil && !slices.ContainsFunc(holders, func(old *Instance) bool { return !r.Gone(old) })
}

// give puts the instance into a name's set: beside the others if it balances, in their place if not.
func (t *Table) give(name string, inst *Instance) {
	n, ok := t.names.Get(name)
	switch {
	case !ok:
		n = &Name{Text: name}
		if inst.Balance {
			n.share(false)
		}
		n.set.Store(newSet(inst))
		t.names.Set(name, n)
	case n.Set().has(inst):
		return
	case inst.Balance: // then contest has seen that the others balance too, or have gone and make way
		if n.shared.Load() == nil {
			n.share(n.Elsewhere())
		}
		n.set.Store(n.Set().with(inst))
	default:
		n.set.Store(single(inst, n.Elsewhere()))
	}
	inst.names = append(inst.names, n)
}

// covers says whether the wanted names are all that is held.
func covers(wanted []string, held []*Name) bool {
	for _, n := range held {
		if !slices.Contains(wanted, n.Text) {
			return false
		}
	}
	return true
}
