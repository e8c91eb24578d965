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
	n := s.to.name
	if n.Askers() == nil { // never several here
		return n.Pick(nil), nil
	}
	if stanza.IsAnswer(st) {
		if id, ok := s.local.whoAsked(n.Askers(), st); ok {
			if inst := n.AnyByID(id); inst != nil {
				return inst, awayOf(inst)
			}
			if h := s.local.hub.elsewhereByID(n, id); h != nil {
				return nil, h
			}
		}
	}
	from := s.local.sender(st)
	inst := n.PickAny(from.Bare())
	return inst, awayOf(inst)
}

// elsewhereByID is the instance with an ID that serves a name on another node, whether
// it shares the name or not; nil without one.
func (h *Hub) elsewhereByID(n *table.Name, id uint64) *directory.Holder {
	if !n.Elsewhere() {
		return nil
	}
	d := h.cluster.Directory().Lookup([]byte(n.Text))
	if d == nil {
		return nil
	}
	return d.Set().ByID(id)
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
