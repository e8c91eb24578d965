// SPDX-License-Identifier: Apache-2.0

package session

import (
	"maps"
	"slices"

	"weir/internal/router"
	"weir/internal/stanza"
	"weir/internal/tap"
	"weir/internal/wire"
	"weir/xmlscan"
)

// Tap begins a trace of a component, connected or not. It waits for the loops, so
// it is not called on one.
func (h *Hub) Tap(name string) (*tap.Tap, error) {
	t, err := h.taps.Open(name, h.untap)
	if err != nil {
		return nil, err
	}
	h.onLoops(func(lo *Local) { lo.taps = append(slices.Clone(lo.taps), t.OnLoop(lo.loop.Now())) })
	return t, nil
}

// untap takes a tap from the loops.
func (h *Hub) untap(t *tap.Tap) {
	h.onLoops(func(lo *Local) {
		lo.taps = slices.DeleteFunc(slices.Clone(lo.taps), func(on *tap.OnLoop) bool { return on.Tap == t })
		if len(lo.taps) == 0 {
			lo.taps = nil
		}
	})
}

// onLoops has each loop do something, and waits for it.
func (h *Hub) onLoops(f func(lo *Local)) {
	for _, l := range h.engine.Loops() {
		l.Call(func() { f(l.Local.(*Local)) })
	}
}

// tapStanza is stanza while somebody has a tap open. What becomes of a stanza is
// seen by what has been counted when it has gone its way, alone.
func (s *Session) tapStanza(st *xmlscan.Stanza) {
	on := s.tapsOn(st)
	if len(on) == 0 {
		s.stanza(st)
		return
	}
	s.sendRun()
	lo := s.local
	before, refused := lo.Count, maps.Clone(lo.Count.Refused)
	line := tap.LineOf(st) // now: memory that it lies in is others' soon
	line.Event, line.Via = "stanza", "component"
	if s.uplink() != nil {
		line.Via = "server"
	}
	s.stanza(st)
	s.sendRun()
	line.Outcome = s.outcome(&before, refused)
	for _, t := range on {
		t.Tell(line)
	}
}

// tapsOn are the taps that a stanza concerns and that have time for it.
func (s *Session) tapsOn(st *xmlscan.Stanza) (on []*tap.OnLoop) {
	for _, t := range s.local.taps {
		concerns := s.in.Name() == t.Name || s.leadsTo(t.Name, st) || !s.speaksForItself() && stanza.DomainIs(st.From(), t.Name)
		if concerns && t.May(s.local.loop.Now()) {
			on = append(on, t)
		}
	}
	return on
}

// leadsTo says whether a stanza is for a name; one that goes where the last one
// went costs next to nothing.
func (s *Session) leadsTo(name string, st *xmlscan.Stanza) bool {
	if s.to.is(st.To(), s.local.hub) {
		return s.to.name != nil && s.to.name.Text == name
	}
	return stanza.DomainIs(st.To(), name)
}

// speaksForItself says that all it may send is from its own one name.
func (s *Session) speaksForItself() bool {
	return s.uplink() == nil && s.lis.now().CheckFrom && !s.acceptor().Subdomain()
}

// outcome is what the counters say that has become of one stanza.
func (s *Session) outcome(before *Counters, refused Reasons) string {
	now := &s.local.Count
	switch {
	case now.Answered > before.Answered:
		for condition, n := range now.Refused {
			if n > refused[condition] {
				return "answered " + condition
			}
		}
		return "answered"
	case now.Dropped > before.Dropped:
		return "dropped"
	case now.Served > before.Served:
		return "served by weir"
	case now.Parked > before.Parked:
		return "parked"
	case s.to.kind == router.Remote:
		return "sent to another node"
	case s.to.kind == router.Upstream:
		return "sent to the server"
	case s.to.name != nil:
		return "sent to " + s.to.name.Text
	}
	return "sent"
}

// tapBounce tells of a stanza that comes back after it was sent on.
func (lo *Local) tapBounce(st *xmlscan.Stanza, e wire.StanzaError) {
	for _, t := range lo.taps {
		if (stanza.DomainIs(st.From(), t.Name) || stanza.DomainIs(st.To(), t.Name)) && t.May(lo.loop.Now()) {
			line := tap.LineOf(st)
			line.Event, line.Outcome = "bounced", "answered "+e.Condition
			t.Tell(line)
		}
	}
}

// tapStream tells of the beginning or the end of a component's stream. Of the
// handshake it is told only that.
func (s *Session) tapStream(event, outcome string) {
	if s.local.taps == nil || s.uplink() != nil {
		return
	}
	names := []string{s.in.Name()}
	if s.acceptor().Subdomain() {
		names = Subdomains(s.in.Name(), s.local.hub.Rules().Hosts)
	}
	for _, t := range s.local.taps {
		if slices.Contains(names, t.Name) && t.May(s.local.loop.Now()) {
			t.Tell(tap.Line{Event: event, Via: "component", Outcome: outcome})
		}
	}
}
