// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/wire"
	"weir/xmlscan"
)

// lookAgain bounds how often a stanza is taken from one place to another while
// those who could take it come and go.
const lookAgain = 4

// await has a server's stanza wait for a component that is not there.
func (s *Session) await(st *xmlscan.Stanza) {
	s.sendRun()
	raw, ok := s.whole(st)
	if !ok {
		s.refuse(st, wire.BadRequest)
		return
	}
	domain := string(s.local.receiver(st).Domain)
	if !s.sendDown(domain, nil, raw) {
		s.refuse(st, s.local.hub.Rules().absence([]byte(domain)))
	}
}

// sendDown brings a server's stanza to whoever serves a domain, or has it wait.
// It is false if neither can be.
func (s *Session) sendDown(domain string, left *Session, raw []byte) bool {
	up := s.local.hub.Rules().Upstream
	if up == nil {
		return false
	}
	u := NewUnit(raw, s.conn.ID())
	for range lookAgain {
		switch up.Park(s.local, domain, left, u) {
		case Parked:
			s.local.Count.Parked++
			return true
		case Nobody:
			return false
		case Elsewhere:
			return s.local.boardDown(u) == SentOn
		}
		s.local.hub.Table.Settle() // who was being admitted can be found by now
		if to := s.local.servedBy(raw); to != nil && to != left {
			if !to.takes(s.local, raw) {
				s.local.sendHome(raw, u.Src, denied)
			} else {
				s.sendUnit(to, u)
			}
			return true
		}
	}
	return false
}

// takes asks the access rule of s for a stanza that was not judged by it.
func (s *Session) takes(lo *Local, raw []byte) (allow bool) {
	rule := s.lis.now().Access
	if rule.All() {
		return true
	}
	lo.reader.Read(raw, func(st *xmlscan.Stanza) { allow, _ = rule.Decide(lo.sender(st).Parts) })
	return allow
}

func (s *Session) sendUnit(to *Session, u Unit) {
	s.send(to, engine.One(u.Raw, 0))
}

// reroute finds another way for stanzas that came too late: for a link that has
// ended, or for the component that a link brought them to.
func (s *Session) reroute(left *Session, r *engine.Run) {
	r.Each(func(raw []byte) {
		why, ok := lost, false
		if s.uplink() == nil {
			ok = s.rerouteUp(left, raw)
		} else {
			why, ok = absent, s.sendDown(s.local.domainOf(raw), left, raw)
		}
		if !ok {
			s.local.sendHome(raw, s.conn.ID(), why)
		}
	})
}

// domainOf is the domain of a stanza's receiver.
func (lo *Local) domainOf(raw []byte) (domain string) {
	lo.reader.Read(raw, func(st *xmlscan.Stanza) { domain = string(lo.receiver(st).Domain) })
	return domain
}

// Unpark queues what has waited for s, in order. lo is the caller's loop, which
// may not be that of s.
func (s *Session) Unpark(lo *Local, units []Unit) {
	for _, u := range units {
		lo.Count.Parked--
		if s.uplink() == nil && !s.takes(lo, u.Raw) {
			lo.sendHome(u.Raw, u.Src, denied)
			continue
		}
		switch s.conn.Append(lo.loop, engine.One(u.Raw, u.Src)) {
		case engine.Gone:
			lo.sendHome(u.Raw, u.Src, s.ifLost())
		case engine.Refused:
			lo.sendHome(u.Raw, u.Src, busy)
		}
	}
}

// ifLost is why stanzas go back that s can no longer be given.
func (s *Session) ifLost() reason {
	if s.uplink() != nil {
		return lost
	}
	return absent
}

// ServerTimeout answers what has waited in vain for a link to a server.
func (lo *Local) ServerTimeout(units []Unit) { lo.giveUp(units, lost) }

// StillAbsent answers what has waited in vain for a component.
func (lo *Local) StillAbsent(units []Unit) { lo.giveUp(units, absent) }

func (lo *Local) giveUp(units []Unit, why reason) {
	for _, u := range units {
		lo.Count.Parked--
		lo.sendHome(u.Raw, u.Src, why)
	}
}
