// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/internal/stanza"
	"weir/table"
	"weir/xmlscan"
)

// remember notes that we asked, so that the answer comes to us and not to
// another instance of our name.
func (s *Session) remember(st *xmlscan.Stanza) {
	if !stanza.IsRequest(st) {
		return
	}
	if n := s.local.hub.Table.Lookup(s.local.sender(st).Domain); n != nil && n.Askers() != nil {
		s.local.noteAsked(n.Askers(), s.inst.ID, st)
	}
}

// rememberUp notes that we have asked by a link that other nodes use, too, so that an
// answer is not taken for one to an earlier question of theirs.
func (s *Session) rememberUp(st *xmlscan.Stanza) {
	if stanza.IsRequest(st) && !s.balanced() {
		s.rememberBeside(st, true)
	}
}

// rememberHere is the same for who asks somebody here, where others of our name may have
// asked.
func (s *Session) rememberHere(st *xmlscan.Stanza) {
	if s.local.hub.cluster != nil && s.inst != nil && stanza.IsRequest(st) {
		s.rememberBeside(st, false)
	}
}

// rememberBeside notes that it is we who have asked, and not one of our name on another
// node. always: even if none there is known to have asked anything.
func (s *Session) rememberBeside(st *xmlscan.Stanza, always bool) {
	n := s.local.hub.cluster.Directory().Lookup(s.local.sender(st).Domain)
	if n != nil && (always || n.Asked()) {
		s.local.noteAsked(n.Askers(), s.inst.ID, st)
	}
}

// rememberAway notes that an instance on another node asked of a name that others
// serve, too, so that the answer goes there and not to another instance.
func (lo *Local) rememberAway(st *xmlscan.Stanza, e envelope.Envelope) {
	from := lo.sender(st)
	here := lo.hub.Table.Lookup(from.Domain)
	if here != nil && here.Askers() != nil {
		lo.noteAsked(here.Askers(), e.ID, st)
		return
	}
	n := lo.hub.cluster.Directory().Lookup(from.Domain)
	if n == nil {
		return
	}
	if set := n.Set(); here != nil || len(set.Holders) > 1 || set.Balanced() || e.Kind == envelope.ToServer {
		lo.noteAsked(n.Askers(), e.ID, st)
	}
}

// asker is the instance on another node that has asked what a stanza answers; nil
// if none is known to have.
func (lo *Local) asker(n *directory.Name, st *xmlscan.Stanza) *directory.Holder {
	if !stanza.IsAnswer(st) || !n.Asked() {
		return nil
	}
	id, ok := lo.whoAsked(n.Askers(), st)
	if !ok {
		return nil
	}
	return n.Set().ByID(id)
}

// askedAway is the instance on another node that has asked what somebody here answers,
// or a server by our link, though the name is served here, too; nil if none is known to
// have. Of a name that is shared here its own memory knows.
func (s *Session) askedAway(st *xmlscan.Stanza) *directory.Holder {
	if !stanza.IsAnswer(st) || !s.to.name.Elsewhere() || s.to.name.Askers() != nil {
		return nil
	}
	n := s.local.hub.cluster.Directory().Lookup([]byte(s.to.name.Text))
	if n == nil {
		return nil
	}
	return s.local.asker(n, st)
}

// noteAsked notes in a name's memory that an instance has asked what a stanza asks.
func (lo *Local) noteAsked(in *table.Askers, id uint64, st *xmlscan.Stanza) {
	from, to := lo.sender(st), lo.receiver(st)
	in.Asked(from.Text, to.Text, st.ID().Append(nil), id, lo.loop.Now())
}

// whoAsked is the instance that has asked what a stanza answers, by a name's memory.
func (lo *Local) whoAsked(in *table.Askers, st *xmlscan.Stanza) (id uint64, ok bool) {
	from, to := lo.sender(st), lo.receiver(st)
	return in.Answered(to.Text, from.Text, st.ID().Append(nil), lo.loop.Now())
}
