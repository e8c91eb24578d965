// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/cluster/envelope"
	"weir/internal/stanza"
	"weir/internal/wire"
	"weir/xmlscan"
)

// judgeDown finds the instance that is meant, or why it cannot have the stanza:
// neither side's claim may be an old one, and it must want to hear from the sender.
func (lo *Local) judgeDown(a Arrival, e envelope.Envelope, st *xmlscan.Stanza) (*Session, wire.StanzaError) {
	h := lo.hub
	changes := h.cluster.Changes() // before what may change with it
	from, to := lo.sender(st), lo.receiver(st)
	if h.cluster.Outdated(from.Domain, Origin{a.From, e.ID, e.Epoch}) {
		lo.Count.Outdated++
		return nil, wire.RemoteServerTimeout
	}
	n := h.Table.Lookup(to.Domain)
	if n == nil {
		lo.Count.NotHere++
		return nil, wire.RemoteServerTimeout
	}
	set := n.Set()
	inst := set.ByID(e.Dest)
	epoch, ours := h.cluster.Epoch(n.Text, e.Dest)
	if inst == nil || !ours || epoch != a.Epoch {
		lo.Count.NotHere++
		return nil, wire.RemoteServerTimeout
	}
	s := inst.Receiver.(*Session)
	by := s.lis.now()
	if rule := by.Access; !rule.All() {
		if allow, _ := rule.Decide(from.Parts); !allow {
			return nil, wire.NotAllowed
		}
	}
	if e.ID != 0 && stanza.IsRequest(st) {
		lo.rememberAway(st, e)
	}
	lo.landing.note(changes, a, e, st, n, set, s, by)
	return s, wire.StanzaError{}
}

// putDown puts a stanza at a component's, or at its successor's.
func (lo *Local) putDown(dest *Session, raw []byte, src uint32) (refusal wire.StanzaError) {
	for range lookAgain {
		if refusal, gone := lo.appendForeign(dest, raw, src); !gone {
			return refusal
		}
		next := dest.conn.Successor()
		if next == nil {
			break
		}
		dest = next.Handler().(*Session)
	}
	return wire.ServiceUnavailable
}
