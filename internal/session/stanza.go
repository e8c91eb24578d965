// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/router"
	"weir/internal/wire"
	"weir/xmlscan"
)

// stanza judges one stanza and sends it on its way.
func (s *Session) stanza(st *xmlscan.Stanza) {
	s.local.Count.Accepted++
	if !isRoutable(st) || !s.mayBeFrom(st.From()) {
		s.refuse(st, wire.BadRequest)
		return
	}
	t := &s.to
	if !t.is(st.To(), s.local.hub.Rules()) && !s.resolve(st.To()) {
		s.refuse(st, wire.BadRequest)
		return
	}
	switch t.kind {
	case router.Component:
		dest := t.dest
		if dest == nil {
			dest = s.choose(st)
		}
		if dest == nil {
			s.refuse(st, s.local.hub.Rules().Router.Bounce(t.target()))
			return
		}
		if !dest.lis.now().Access.All() && !s.maySendTo(dest, st) {
			s.refuse(st, wire.NotAllowed)
			return
		}
		s.forward(dest, st)
	case router.Host:
		s.serve(st)
	default:
		s.refuse(st, s.local.hub.Rules().Router.Bounce(t.target()))
	}
}

// isRoutable says whether an element is one of the three that are routed: an
// unprefixed iq, message or presence in the component namespace, or in one of
// those that components are known to write in its place.
func isRoutable(st *xmlscan.Stanza) bool {
	switch string(st.Local()) {
	case "message", "presence", "iq":
	default:
		return false
	}
	if len(st.Prefix()) != 0 {
		return false
	}
	switch string(st.NS()) {
	case wire.NSComponent, wire.NSClient, wire.NSServer:
		return true
	}
	return false
}

// forward brings a stanza to its destination: byte for byte if it can, which is
// nearly always.
func (s *Session) forward(dest *Session, st *xmlscan.Stanza) {
	if s.balanced() {
		s.remember(st)
	}
	if !s.mustRewrite(st) {
		s.addToRun(dest, st)
		return
	}
	s.sendRun()
	lo := s.local
	lo.whole = s.rewrite(lo.whole[:0], st)
	if len(lo.whole) > len(st.Raw) && !lo.bounce.read(lo.whole, func(*xmlscan.Stanza) {}) {
		s.refuse(st, wire.BadRequest) // with what our header declares it is beyond every limit
		return
	}
	s.sendAlone(dest, lo.whole)
}

// serve has the host service answer a stanza to one of general.hosts.
func (s *Session) serve(st *xmlscan.Stanza) {
	s.local.Count.Served++
	s.sendRun()
	from, to := s.local.sender(st), s.local.receiver(st)
	out := s.local.hub.Rules().Host.Answer(s.local.own[:0], st, from.Parts, to.Parts)
	s.local.own = out[:0]
	s.answer(out)
}
