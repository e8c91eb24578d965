// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/router"
	"weir/internal/stanza"
	"weir/internal/wire"
	"weir/xmlscan"
)

// stanza judges one stanza and sends it on its way.
func (s *Session) stanza(st *xmlscan.Stanza) {
	kind := stanza.KindOf(st)
	s.local.Count.Accepted++
	s.local.Count.Received[kind]++
	if u := s.uplink(); u != nil && s.takenByLink(u, st) {
		s.local.Count.Stayed[kind]++
		return
	}
	if !kind.Routable() || st.OddNamespace() || !s.mayBeFrom(st.From()) {
		s.local.Count.Stayed[kind]++
		s.refuse(st, wire.BadRequest)
		return
	}
	t := &s.to
	if !t.is(st.To(), s.local.hub) && !s.resolve(st.To()) {
		s.local.Count.Stayed[kind]++
		s.refuse(st, wire.BadRequest)
		return
	}
	switch t.kind {
	case router.Component:
		dest := t.dest
		if dest == nil {
			inst, away := s.choose(st)
			if away != nil {
				s.local.Count.Stayed[kind]++
				s.sendAcross(away, st)
				return
			}
			dest = sessionOf(inst)
		}
		if dest == nil {
			s.local.Count.Stayed[kind]++
			s.nobody(st)
			return
		}
		if !dest.lis.now().Access.All() && !s.maySendTo(dest, st) {
			s.local.Count.Stayed[kind]++
			s.refuse(st, wire.NotAllowed)
			return
		}
		s.forward(dest, st)
		return
	case router.Host:
		s.serve(st)
	case router.Upstream:
		s.goUp(st)
	case router.Remote:
		s.goAcross(st)
	default:
		s.nobody(st)
	}
	s.local.Count.Stayed[kind]++
}

// takenByLink says that a stanza of a server's goes no further than its link: it is
// for the link itself, too much for any component, or would end the streams of some.
func (s *Session) takenByLink(u *uplink, st *xmlscan.Stanza) bool {
	switch {
	case u.tooMuch(st):
		s.refuse(st, wire.PolicyViolation)
	case st.OddNamespace():
		s.refuse(st, wire.BadRequest)
	case u.owner.Take(s, st):
		s.local.Count.Served++
	default:
		return false
	}
	return true
}

// nobody is for a stanza whose receiver is not there.
func (s *Session) nobody(st *xmlscan.Stanza) {
	if s.uplink() != nil {
		s.await(st)
		return
	}
	s.refuse(st, s.local.hub.Rules().Router.Bounce(s.to.target()))
}

// forward brings a stanza to its destination: byte for byte if it can, which is
// nearly always.
func (s *Session) forward(dest *Session, st *xmlscan.Stanza) {
	if s.balanced() {
		s.remember(st)
	} else {
		s.rememberHere(st)
	}
	if !stanza.MustRewrite(st, s.in.Scanner()) {
		s.addToRun(dest, st)
		return
	}
	s.sendRun()
	if whole, ok := s.whole(st); ok {
		s.sendAlone(dest, whole)
	} else {
		s.refuse(st, wire.BadRequest)
	}
}

// whole is the stanza as it is written on another stream, valid until it is
// asked for again on this loop. It is false for one that with what our header
// declares is beyond every limit.
func (s *Session) whole(st *xmlscan.Stanza) ([]byte, bool) {
	if !stanza.MustRewrite(st, s.in.Scanner()) {
		return st.Raw, true
	}
	lo := s.local
	lo.whole = stanza.AppendRewritten(lo.whole[:0], st, s.in.Scanner())
	ok := len(lo.whole) <= len(st.Raw) || lo.reader.Read(lo.whole, func(*xmlscan.Stanza) {})
	return lo.whole, ok
}

// serve has the host service answer a stanza to one of general.hosts.
func (s *Session) serve(st *xmlscan.Stanza) {
	if engine.OutboxBytes() > s.local.hub.Limits().Marks.Budget {
		s.refuse(st, wire.ResourceConstraint) // a list of all components can be long
		return
	}
	s.local.Count.Served++
	s.sendRun()
	from, to := s.local.sender(st), s.local.receiver(st)
	out := s.local.hub.Rules().Host.Answer(s.local.own[:0], st, from.Parts, to.Parts)
	s.local.own = out[:0]
	s.answer(out)
}
