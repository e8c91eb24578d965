// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/cluster/directory"
	"weir/internal/stanza"
	"weir/table"
	"weir/xmlscan"
)

// balanced says whether other instances may serve our name beside us.
func (s *Session) balanced() bool { return s.inst != nil && s.inst.Balance }

// choose picks one of several instances: the one that asked, for an answer to an
// iq, else by the sender's bare address. Both are nil when none is left; away is one
// on another node.
func (s *Session) choose(st *xmlscan.Stanza) (here *table.Instance, away *directory.Holder) {
	if h := s.askedAway(st); h != nil {
		return nil, h
	}
	if s.to.name.Askers() == nil { // never several here
		return s.to.name.Pick(nil), nil
	}
	inst := s.pick(st)
	return inst, awayOf(inst)
}

func (s *Session) pick(st *xmlscan.Stanza) *table.Instance {
	if askers := s.to.name.Askers(); askers != nil && stanza.IsAnswer(st) {
		id, ok := s.local.whoAsked(askers, st)
		if inst := s.to.name.AnyByID(id); ok && inst != nil {
			return inst
		}
	}
	from := s.local.sender(st)
	return s.to.name.PickAny(from.Bare())
}

// sessionOf is the session that an instance is; nil for none, or one elsewhere.
func sessionOf(inst *table.Instance) *Session {
	if inst == nil {
		return nil
	}
	s, _ := inst.Receiver.(*Session)
	return s
}

// awayOf is who an instance on another node is; nil for none, or one of ours.
func awayOf(inst *table.Instance) *directory.Holder {
	if inst == nil {
		return nil
	}
	h, _ := inst.Receiver.(*directory.Holder)
	return h
}

// spread sends stanzas for an instance that has just left a shared name to those
// that each of them has from now on. They may still have the same one: it is
// broken, and has not left yet.
func (s *Session) spread(left *Session, r *engine.Run) {
	s.local.hub.Table.Settle() // what waited for it has been moved on by then, and is ahead of us
	r.Each(func(raw []byte) {
		one := engine.One(raw, 0)
		if to := s.local.servedBy(raw); to == nil || to == left {
			s.sendBack(one, absent)
		} else {
			s.send(to, one)
		}
	})
}

// servedBy is who a stanza's receiver is served by now, for its sender; nil without
// one.
func (lo *Local) servedBy(raw []byte) (to *Session) {
	lo.reader.Read(raw, func(st *xmlscan.Stanza) {
		from := lo.sender(st)
		to = lo.hub.serving(lo.receiver(st).Domain, from.Bare())
	})
	return to
}

// serving is who serves a domain for a bare address; nil without one.
func (h *Hub) serving(domain, bare []byte) *Session {
	n := h.Table.Lookup(domain)
	if n == nil {
		return nil
	}
	return sessionOf(n.Pick(bare))
}
