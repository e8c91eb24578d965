// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/table"
	"weir/xmlscan"
)

// passage is the last stanza that a loop sent to another node: what was found out
// about its addresses and claims holds for the next one like it, as long as nothing
// has changed in the cluster. It keeps its session from being collected; there is one
// a loop.
type passage struct {
	by       *Session // nil: it is like no other
	changes  uint64
	from, to []byte // the addresses, as they came

	bare   []byte // the sender's address without resource
	domain []byte // the receiver's
	id     uint64 // of the instance that sends; 0: none
	epoch  uint64 // of its claim; 0: it has none of that name
	// holder is where it went, if there is nobody else who has the name; nil: it is to
	// be looked for.
	holder *directory.Holder
}

// is says whether a stanza is like the last one.
func (p *passage) is(s *Session, st *xmlscan.Stanza) bool {
	return p.by == s && p.id == s.instanceID() && p.changes == s.local.hub.cluster.Changes() &&
		string(st.From().Raw()) == string(p.from) && string(st.To().Raw()) == string(p.to)
}

// take finds out what is to be known of a stanza that goes by the claim of a name;
// empty: by that of the name it is from. It is false if another node has just got that
// name, and we are about to be told: without an epoch the stanza would pass there for
// one of nobody's name.
func (p *passage) take(s *Session, name string, st *xmlscan.Stanza) bool {
	lo := s.local
	changes := lo.hub.cluster.Changes() // before what may change with it
	from, to := lo.sender(st), lo.receiver(st)
	p.by, p.holder = nil, nil
	p.bare, p.domain = append(p.bare[:0], from.Bare()...), append(p.domain[:0], to.Domain...)
	p.id, p.epoch = s.instanceID(), 0
	if p.id != 0 {
		claimed := name
		if name == "" {
			claimed = string(from.Domain)
		}
		var ours bool
		p.epoch, ours = lo.hub.cluster.Epoch(claimed, p.id)
		if !ours && (name != "" || s.serves(from.Domain)) {
			return false
		}
	}
	if name == "" && rememberable(st.From()) && rememberable(st.To()) {
		p.by, p.changes = s, changes
		p.from, p.to = append(p.from[:0], st.From().Raw()...), append(p.to[:0], st.To().Raw()...)
	}
	return true
}

// rememberable says whether an address can be known again by its bytes.
func rememberable(v xmlscan.Value) bool { return v.Plain() && len(v.Raw()) <= rememberBytes }

// instanceID is 0 for a session that has no name.
func (s *Session) instanceID() uint64 {
	if s.inst == nil {
		return 0
	}
	return s.inst.ID
}

// landing is where the last stanza of another node went on this loop. It holds for
// the next one like it as long as nothing has changed in the cluster, and the
// instances of the name and the receiver's settings are the same.
type landing struct {
	changes  uint64
	peer     directory.Peer
	sender   Origin // without its peer
	epoch    uint64 // of the receiver's claim
	from, to []byte // the addresses, as they came
	name     *table.Name
	set      *table.Set
	id       uint64   // of the instance it went to
	dest     *Session // nil: it is like no other
	by       *ready   // the receiver's settings, which let it pass
}

// is says whether a stanza is like the last one.
func (l *landing) is(lo *Local, a Arrival, e envelope.Envelope, st *xmlscan.Stanza) bool {
	return l.dest != nil && l.epoch == a.Epoch && l.id == e.Dest &&
		l.sender.ID == e.ID && l.sender.Epoch == e.Epoch && l.peer == a.From &&
		l.changes == lo.hub.cluster.Changes() && l.name.Set() == l.set && l.dest.lis.now() == l.by &&
		string(st.From().Raw()) == string(l.from) && string(st.To().Raw()) == string(l.to)
}

// note takes down where a stanza goes that was judged after so many changes.
func (l *landing) note(changes uint64, a Arrival, e envelope.Envelope, st *xmlscan.Stanza, n *table.Name, set *table.Set, dest *Session, by *ready) {
	from, to := st.From(), st.To()
	l.dest = nil
	if !rememberable(from) || !rememberable(to) {
		return
	}
	*l = landing{
		changes: changes, peer: a.From, sender: Origin{ID: e.ID, Epoch: e.Epoch}, epoch: a.Epoch,
		from: append(l.from[:0], from.Raw()...), to: append(l.to[:0], to.Raw()...),
		name: n, set: set, id: e.Dest, dest: dest, by: by,
	}
}
