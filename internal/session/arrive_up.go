// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/internal/jid"
	"weir/internal/router"
	"weir/internal/stanza"
	"weir/internal/wire"
	"weir/xmlscan"
)

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
		lo.rememberAway(st, e)
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
