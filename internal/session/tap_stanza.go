// SPDX-License-Identifier: Apache-2.0

package session

import (
	"maps"
	"slices"
	"time"

	"weir/internal/router"
	"weir/internal/stanza"
	"weir/internal/wire"
	"weir/xmlscan"
)

// TapLine is one thing that a tap has seen. What is not here is not shown: no text,
// no other attribute, no element but the first one's name.
type TapLine struct {
	At      time.Time `json:"at,omitzero"`
	Event   string    `json:"event,omitempty"` // stanza, bounced, connected, ended
	Via     string    `json:"via,omitempty"`   // component or server: whose stream
	Element string    `json:"element,omitempty"`
	Type    string    `json:"type,omitempty"` // of those RFC 6121 knows
	From    string    `json:"from,omitempty"`
	To      string    `json:"to,omitempty"`
	ID      string    `json:"id,omitempty"`
	Child   string    `json:"child,omitempty"` // the first one's name
	NS      string    `json:"child_ns,omitempty"`
	Bytes   int       `json:"bytes,omitempty"`
	Outcome string    `json:"outcome,omitempty"`
}

const (
	tapAddressBytes = 256 // of an address
	tapWordBytes    = 128 // of an id, a name, a namespace
)

// tapTypes are the types that are shown; another one could be a text.
var tapTypes = []string{
	"chat", "groupchat", "headline", "normal", "error", "get", "set", "result",
	"available", "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe",
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
	line := tapLine(st) // now: memory that it lies in is others' soon
	line.Event, line.Via = "stanza", "component"
	if s.uplink() != nil {
		line.Via = "server"
	}
	s.stanza(st)
	s.sendRun()
	line.Outcome = s.outcome(&before, refused)
	for _, t := range on {
		t.tell(line)
	}
}

// tapsOn are the taps that a stanza concerns and that have time for it.
func (s *Session) tapsOn(st *xmlscan.Stanza) (on []*tapped) {
	for _, t := range s.local.taps {
		concerns := s.in.Name() == t.name || s.leadsTo(t.name, st) || !s.speaksForItself() && stanza.DomainIs(st.From(), t.name)
		if concerns && t.may(s.local.loop) {
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

// tapLine is what is shown of a stanza.
func tapLine(st *xmlscan.Stanza) TapLine {
	line := TapLine{
		Element: clip(st.Local(), tapWordBytes), Type: "other",
		From: shown(st.From(), tapAddressBytes), To: shown(st.To(), tapAddressBytes), ID: shown(st.ID(), tapWordBytes),
		Child: clip(st.Payload(), tapWordBytes), NS: clip(st.PayloadNS(), tapWordBytes), Bytes: len(st.Raw),
	}
	if !st.Type().Present() {
		line.Type = ""
	} else if i := slices.IndexFunc(tapTypes, func(word string) bool { v := st.Type(); return v.Equal(word) }); i >= 0 {
		line.Type = tapTypes[i]
	}
	return line
}

func shown(v xmlscan.Value, max int) string {
	if !v.Present() {
		return ""
	}
	return clip(v.Append(nil), max)
}

func clip(b []byte, max int) string {
	if len(b) > max {
		return string(b[:max]) + "…"
	}
	return string(b)
}

// tapBounce tells of a stanza that comes back after it was sent on.
func (lo *Local) tapBounce(st *xmlscan.Stanza, e wire.StanzaError) {
	for _, t := range lo.taps {
		if (stanza.DomainIs(st.From(), t.name) || stanza.DomainIs(st.To(), t.name)) && t.may(lo.loop) {
			line := tapLine(st)
			line.Event, line.Outcome = "bounced", "answered "+e.Condition
			t.tell(line)
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
		if slices.Contains(names, t.name) && t.may(s.local.loop) {
			t.tell(TapLine{Event: event, Via: "component", Outcome: outcome})
		}
	}
}
