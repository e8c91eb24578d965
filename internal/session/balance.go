// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/table"
	"weir/xmlscan"
)

// balanced says whether other instances may serve our name beside us.
func (s *Session) balanced() bool { return s.inst != nil && s.inst.Balance }

// choose picks one of several instances: the one that asked, for an answer to an
// iq, else by the sender's bare address. It is nil when none is left.
func (s *Session) choose(st *xmlscan.Stanza) *Session {
	from := s.local.sender(st)
	set := s.to.name.Set()
	if askers := s.to.name.Askers(); askers != nil && isAnswer(st) {
		to := s.local.receiver(st)
		id, ok := askers.Answered(to.text, from.text, st.ID().Append(nil), s.conn.Loop().Now())
		if inst := set.ByID(id); ok && inst != nil {
			return inst.Receiver.(*Session)
		}
	}
	if inst := set.Pick(from.bare()); inst != nil {
		return inst.Receiver.(*Session)
	}
	return nil
}

// remember notes that we asked, so that the answer comes to us and not to
// another instance of our name.
func (s *Session) remember(st *xmlscan.Stanza) {
	if !isRequest(st) {
		return
	}
	from := s.local.sender(st)
	n := s.local.hub.Table.Lookup(from.Domain)
	if n == nil || n.Askers() == nil {
		return
	}
	to := s.local.receiver(st)
	n.Askers().Asked(from.text, to.text, st.ID().Append(nil), s.inst.ID, s.conn.Loop().Now())
}

func isRequest(st *xmlscan.Stanza) bool {
	t := st.Type()
	return string(st.Local()) == "iq" && (t.Equal("get") || t.Equal("set"))
}

func isAnswer(st *xmlscan.Stanza) bool {
	t := st.Type()
	return string(st.Local()) == "iq" && (t.Equal("result") || t.Equal("error"))
}

// moveOn gives what waits for us to those who go on serving our name, each
// stanza to the one its sender has from now on. It runs inside the table's
// critical section, while everybody still finds us.
func (s *Session) moveOn(_ *table.Name, rest *table.Set) {
	lo := s.local
	s.conn.Yield(func(raw []byte, src uint32) {
		var to *engine.Conn
		lo.bounce.read(raw, func(st *xmlscan.Stanza) {
			from := lo.sender(st)
			to = rest.Pick(from.bare()).Receiver.(*Session).conn
		})
		r := engine.Run{Bytes: raw, Ends: []uint32{uint32(len(raw))}, Src: src}
		switch to.Append(lo.loop, &r) {
		case engine.Refused:
			lo.sendHome(raw, src, busy)
		case engine.Gone:
			lo.sendHome(raw, src, absent)
		}
	})
}

// spread sends stanzas for an instance that has just left a shared name to those
// that each of them has from now on.
func (s *Session) spread(r *engine.Run) {
	h, lo := s.local.hub, s.local
	h.Table.Settle() // what waited for it has been moved on by then, and is ahead of us
	start := uint32(0)
	for _, end := range r.Ends {
		raw := r.Bytes[start:end]
		start = end
		var to *Session
		lo.bounce.read(raw, func(st *xmlscan.Stanza) {
			from := lo.sender(st)
			if n := h.Table.Lookup(lo.receiver(st).Domain); n != nil {
				if inst := n.Pick(from.bare()); inst != nil {
					to = inst.Receiver.(*Session)
				}
			}
		})
		one := engine.Run{Bytes: raw, Ends: []uint32{uint32(len(raw))}}
		if to == nil {
			s.sendBack(&one, absent)
		} else {
			s.send(to, &one)
		}
	}
}
