// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/cluster/envelope"
	"weir/internal/jid"
	"weir/internal/router"
	"weir/internal/stanza"
	"weir/internal/wire"
	"weir/xmlscan"
)

// goUp sends a stanza to a server. The strictest of them close a link for one
// stanza that is not as they want it, so nothing goes up unchecked.
func (s *Session) goUp(st *xmlscan.Stanza) {
	w := s.to.way
	if w == nil {
		rules := s.local.hub.Rules()
		if w = s.wayOf(rules, st); w == nil {
			s.refuse(st, rules.Router.Bounce(s.to.target()))
			return
		}
	}
	asItIs := !stanza.MustRewrite(st, s.in.Scanner())
	switch {
	case !s.maySayUp(st) && !w.trusted.Load():
		s.refuse(st, wire.BadRequest)
	case int64(s.written(st, asItIs)) > w.maxBytes.Load():
		s.refuse(st, wire.PolicyViolation)
	default:
		s.takeWay(w, st, asItIs)
	}
}

// takeWay brings a stanza that may go up to the link of its name, on whatever node
// that is, or has it wait for one.
func (s *Session) takeWay(w *Way, st *xmlscan.Stanza, asItIs bool) {
	link := w.Link()
	if link == nil {
		if to := w.Away(); to != nil {
			s.board(to, envelope.Envelope{Kind: envelope.ToServer, Name: w.Name}, st)
			return
		}
		s.waitForLink(w, st)
		return
	}
	if w.shared.Load() {
		s.rememberUp(st)
	}
	if asItIs && !s.balanced() { // nearly always; forward would ask the same again
		s.addToRun(link, st)
	} else {
		s.forward(link, st)
	}
}

// written is how long a stanza is on another stream: unless it goes as it is, what
// our header declares is put into it.
func (s *Session) written(st *xmlscan.Stanza, asItIs bool) int {
	if asItIs {
		return len(st.Raw)
	}
	s.local.whole = stanza.AppendRewritten(s.local.whole[:0], st, s.in.Scanner())
	return len(s.local.whole)
}

// wayUp is how all our stanzas go to an upstream; nil if they do not, or if we
// have several names: those go each its own way, see wayOf.
func (s *Session) wayUp(rules *Rules, upstream int32) *Way {
	if s.acceptor().Subdomain() {
		return nil
	}
	return rules.Upstream.Way(s.in.Name(), upstream)
}

// wayOf is the way of one stanza: a component with several names goes by the one
// it is from.
func (s *Session) wayOf(rules *Rules, st *xmlscan.Stanza) *Way {
	found := rules.Router.Resolve(s.local.receiver(st).Domain)
	if found.Kind != router.Upstream {
		return nil
	}
	if s.acceptor().Subdomain() {
		return rules.Upstream.Way(string(s.local.sender(st).Domain), found.Upstream)
	}
	return s.wayUp(rules, found.Upstream)
}

// maySayUp says whether a stanza is from one of our own names letter for letter,
// whatever the listener lets pass.
// COMPAT(prosody): it compares without folding, and closes the link.
func (s *Session) maySayUp(st *xmlscan.Stanza) bool {
	raw := st.From().Raw()
	if s.from.by == s.lis.now() && string(raw) == string(s.from.raw) {
		return s.own
	}
	return s.isOurs(st.From().Append(nil))
}

// isOurs says whether an address is of a name of ours, as that is registered.
func (s *Session) isOurs(b []byte) bool {
	if s.uplink() != nil {
		return false
	}
	p, ok := jid.Parse(b)
	if !ok {
		return false
	}
	if !s.acceptor().Subdomain() {
		return string(p.Domain) == s.in.Name()
	}
	return s.serves(p.Domain)
}

// serves says whether a name is ours now.
func (s *Session) serves(name []byte) bool {
	n := s.local.hub.Table.Lookup(name)
	return n != nil && s.inst != nil && n.Set().ByID(s.inst.ID) != nil
}

// waitForLink has a stanza wait until there is a link to its server.
func (s *Session) waitForLink(w *Way, st *xmlscan.Stanza) {
	s.sendRun()
	raw, ok := s.whole(st)
	if !ok || !s.sendUp(w, raw) {
		s.refuse(st, wire.RemoteServerTimeout)
	}
}

// sendUp sends a stanza by a way, or has it wait there. It is false if neither
// can be.
func (s *Session) sendUp(w *Way, raw []byte) bool {
	u := NewUnit(raw, s.conn.ID())
	for range lookAgain {
		if link := w.Link(); link != nil {
			s.sendUnit(link, u)
			return true
		}
		if to := w.Away(); to != nil {
			return s.local.boardUp(to, w.Name, u) == SentOn
		}
		switch w.Park(s.local, u) {
		case Parked:
			s.local.Count.Parked++
			return true
		case Nobody:
			return false
		}
	}
	return false
}

// rerouteUp is for a stanza that came too late for a link.
func (s *Session) rerouteUp(left *Session, raw []byte) bool {
	var w *Way
	s.local.reader.Read(raw, func(st *xmlscan.Stanza) { w = s.wayOf(s.local.hub.Rules(), st) })
	if w == nil {
		return false
	}
	w.Lost(left)
	return s.sendUp(w, raw)
}
