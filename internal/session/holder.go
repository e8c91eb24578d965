// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/internal/jid"
	"weir/internal/router"
	"weir/internal/stanza"
	"weir/internal/wire"
	"weir/xmlscan"
)

// Holding is whether this node holds a name's links to servers. A server may allow
// one session for a name; of the nodes that serve it, the one whose claim is the
// oldest holds the links, and the others send by them. All read it from the same
// record.
type Holding uint8

const (
	HoldingHere    Holding = iota // this node
	HoldingThere                  // another one
	HoldingUnclear                // it is about to be told: nothing changes until then
	HoldingNone                   // not this node, which is cut off from who may
)

// Keeper is who has the oldest claim of a name on the node that holds its links.
type Keeper = directory.Holder

// Holding says which node is to hold the links of a name; served: a component serves
// it here, or is about to. by is who has the oldest claim on another node, of
// HoldingThere, and shared says that other nodes serve the name at all.
func (h *Hub) Holding(name string, served bool) (is Holding, by *Keeper, shared bool) {
	if h.cluster == nil {
		return HoldingHere, nil, false
	}
	n := h.cluster.Directory().Lookup([]byte(name))
	if n == nil {
		if h.cut.Load() && !served {
			return HoldingNone, nil, false // somebody else may have it by now
		}
		return HoldingHere, nil, false
	}
	set := n.Set()
	first := set.First()
	switch {
	case first == nil:
		return HoldingHere, nil, false
	case h.cut.Load():
		return HoldingNone, nil, true
	case set.Ours != 0 && set.Ours < first.Epoch:
		return HoldingHere, nil, true
	case set.Ours == 0 && served: // we have just got it
		return HoldingUnclear, nil, true
	}
	return HoldingThere, first, true
}

// ServedAway says whether components on other nodes serve a name.
func (h *Hub) ServedAway(name string) bool {
	return h.cluster != nil && h.cluster.Directory().Lookup([]byte(name)) != nil
}

// KnownUp says whether servers are to know a name.
func (h *Hub) KnownUp(name string) bool {
	r := h.Rules()
	return r != nil && r.Upstream != nil && r.Upstream.Knows(name)
}

// CutOff says whether our lease has ended, so that other nodes may take what was
// ours. Safe from anywhere.
func (h *Hub) CutOff(cut bool) {
	h.cut.Store(cut)
	h.regard("")
}

// regard has the links of a name be looked after again; empty: of all.
func (h *Hub) regard(name string) {
	if r := h.Rules(); r != nil && r.Upstream != nil {
		r.Upstream.Regard(name)
	}
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
	from, to := s.local.sender(st), s.local.receiver(st)
	n := s.local.hub.cluster.Directory().Lookup(from.Domain)
	if n != nil && (always || n.Asked()) {
		n.Askers().Asked(from.Text, to.Text, st.ID().Append(nil), s.inst.ID, s.conn.Loop().Now())
	}
}

// upArrived brings a stanza of another node to a link of ours. It is false if it was
// answered, or dropped, instead.
func (lo *Local) upArrived(a Arrival, e envelope.Envelope, raw []byte) (queued bool) {
	var w *Way
	refusal := wire.StanzaError{}
	if !lo.reader.Read(raw, func(st *xmlscan.Stanza) {
		if !isStanza(st, raw) {
			lo.Count.Garbled++
			lo.Count.Dropped++
			return
		}
		if w, refusal = lo.judgeUp(a, e, st); w == nil {
			lo.refuseAcross(a, e, st, refusal)
		}
	}) {
		lo.Count.Dropped++
		lo.hub.Log.Error("a stanza of another node cannot be read; it is dropped", "node", string(a.From.Node), "bytes", len(raw))
		return false
	}
	if w == nil {
		return false
	}
	if refusal = lo.putUp(w, raw, a.Src); refusal == (wire.StanzaError{}) {
		return true
	}
	lo.reader.Read(raw, func(st *xmlscan.Stanza) { lo.refuseAcross(a, e, st, refusal) })
	return false
}

// judgeUp finds the way of a stanza that another node has for a server, or why it
// cannot have it. It is checked as one of our own: it comes to the same link.
func (lo *Local) judgeUp(a Arrival, e envelope.Envelope, st *xmlscan.Stanza) (*Way, wire.StanzaError) {
	h := lo.hub
	name := []byte(e.Name)
	if h.cluster.Outdated(name, Origin{a.From, e.ID, e.Epoch}) || !h.servesAway(name, a.From, e) {
		lo.Count.Outdated++
		return nil, wire.RemoteServerTimeout
	}
	to := lo.receiver(st)
	rules := h.Rules()
	found := rules.Router.Resolve(to.Domain)
	switch {
	case found.Kind == router.Nowhere:
		return nil, rules.Router.Bounce(found) // our configuration is another one
	case found.Kind != router.Upstream || rules.Upstream.Awaits(to.Domain):
		lo.Count.NotHere++
		return nil, wire.RemoteServerTimeout
	}
	w := rules.Upstream.Way(e.Name, found.Upstream)
	if w == nil {
		lo.Count.NotHere++
		return nil, wire.RemoteServerTimeout
	}
	if p, ok := jid.Parse(st.From().Append(nil)); !w.trusted.Load() && (!ok || string(p.Domain) != e.Name) {
		return nil, wire.BadRequest
	}
	if int64(len(st.Raw)) > w.maxBytes.Load() {
		return nil, wire.PolicyViolation
	}
	if stanza.IsRequest(st) {
		lo.rememberAway(lo.sender(st), lo.receiver(st), st, e)
	}
	return w, wire.StanzaError{}
}

// servesAway says whether an instance of another node has a name. That it is not
// known to may be news to us; but what is older than what we know of has gone.
func (h *Hub) servesAway(name []byte, p directory.Peer, e envelope.Envelope) bool {
	if e.ID == 0 || e.Epoch == 0 {
		return false
	}
	newest := uint64(0)
	if n := h.cluster.Directory().Lookup(name); n != nil {
		set := n.Set()
		if its := set.ByID(e.ID); its != nil {
			return its.Peer == p
		}
		newest = set.Holders[len(set.Holders)-1].Epoch
	}
	if n := h.Table.Lookup(name); n != nil {
		for _, inst := range n.Set().Instances {
			if epoch, ours := h.cluster.Epoch(n.Text, inst.ID); ours {
				newest = max(newest, epoch)
			}
		}
	}
	return e.Epoch > newest
}

// putUp puts a stanza of another node on the way of its name. It goes no further from
// here: if the link is not ours any more, it is answered.
func (lo *Local) putUp(w *Way, raw []byte, src uint32) (refusal wire.StanzaError) {
	for range lookAgain {
		if link := w.Link(); link != nil {
			if refusal, gone := lo.appendForeign(link, raw, src); !gone {
				return refusal
			}
			w.Lost(link)
		}
		switch w.Park(lo, NewUnit(raw, src)) {
		case Parked:
			lo.Count.Parked++
			return wire.StanzaError{}
		case Nobody:
			return wire.RemoteServerTimeout
		}
	}
	return wire.RemoteServerTimeout
}

// AcrossUp sends what has waited for a link of a name to the node that holds it, in
// order. What came from another node is answered: it does not go on to a third.
func (lo *Local) AcrossUp(to *Keeper, name string, units []Unit) {
	for _, u := range units {
		lo.Count.Parked--
		if u.Src >= engine.Foreign || lo.boardUp(to, name, u) != SentOn {
			lo.sendHome(u.Raw, u.Src, lost)
		}
	}
}

// AcrossDown sends what servers have sent to a component that is not here any more to
// the node where it is.
func (lo *Local) AcrossDown(units []Unit) {
	for _, u := range units {
		lo.Count.Parked--
		if lo.boardDown(u) != SentOn {
			lo.sendHome(u.Raw, u.Src, absent)
		}
	}
}

// boardUp sends a stanza for a server to the node that holds the link of its name.
func (lo *Local) boardUp(to *Keeper, name string, u Unit) (sent Sent) {
	e := envelope.Envelope{Kind: envelope.ToServer, Conn: u.Src, Name: name}
	if e.ID = lo.instanceOf(name, u.Src); e.ID == 0 {
		return SentNowhere
	}
	ours := false
	if e.Epoch, ours = lo.hub.cluster.Epoch(name, e.ID); !ours {
		return SentNowhere
	}
	return lo.boardUnit(e, u.Raw, func(*xmlscan.Stanza) *directory.Holder { return to })
}

// instanceOf is the instance of a name of ours that a connection is: if it is gone,
// any that is left speaks for it; 0: none is.
func (lo *Local) instanceOf(name string, conn uint32) (id uint64) {
	n := lo.hub.Table.Lookup([]byte(name))
	if n == nil {
		return 0
	}
	for _, inst := range n.Set().Instances {
		if s := sessionOf(inst); id == 0 || s != nil && s.conn.ID() == conn {
			id = inst.ID
		}
	}
	return id
}

// boardDown sends a server's stanza to whoever serves its receiver on other nodes.
func (lo *Local) boardDown(u Unit) Sent {
	return lo.boardUnit(envelope.Envelope{Kind: envelope.ToComponent, Conn: u.Src}, u.Raw, func(st *xmlscan.Stanza) *directory.Holder {
		to, _ := lo.holder(st)
		return to
	})
}

// boardUnit sends a stanza that is on its way already. No sender is held for it; a
// node that is behind takes it as long as it takes any.
func (lo *Local) boardUnit(e envelope.Envelope, raw []byte, dest func(*xmlscan.Stanza) *directory.Holder) (sent Sent) {
	sent = SentNowhere
	lo.reader.Read(raw, func(st *xmlscan.Stanza) {
		to := dest(st)
		if to == nil {
			return
		}
		if e.Kind == envelope.ToComponent {
			e.Dest = to.ID
		}
		from, domain := lo.sender(st), lo.receiver(st).Domain
		lo.aboard = append(e.Append(lo.aboard[:0]), raw...)
		sent = lo.hub.cluster.Send(Message{To: to.Peer, From: from.Bare(), Domain: domain, Epoch: to.Epoch, Bytes: lo.aboard})
	})
	if sent == SentHold {
		sent = SentOn
	}
	if sent == SentOn {
		lo.Count.Crossed++
		lo.hub.cluster.Flush()
	}
	return sent
}
