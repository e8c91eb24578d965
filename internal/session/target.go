// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/jid"
	"weir/internal/router"
	"weir/table"
	"weir/xmlscan"
)

// target is where the last stanza of a session went, by the address as it came.
// It holds as long as the same instances serve the name under the same rules.
type target struct {
	raw   []byte
	rules *Rules
	name  *table.Name
	set   *table.Set
	dest  *Session // the only one that serves the name; nil: others do, here or elsewhere
	way   *Way     // of Upstream; nil: our name does not go up there
	kind  router.Kind
	// hosted of what is not cached, for the error that says so.
	hosted bool
	// seen is Hub.joined when a way was looked up: whoever has come since may be
	// the one who is meant.
	seen uint32
}

// is says whether an address leads where the last one led. Only components, here
// and elsewhere, and ways up are remembered.
func (t *target) is(to xmlscan.Value, h *Hub) bool {
	raw := to.Raw()
	if len(raw) == 0 || string(raw) != string(t.raw) || t.rules != h.Rules() {
		return false
	}
	if t.way != nil || t.kind == router.Remote {
		return t.seen == h.joined.Load()
	}
	return t.name.Set() == t.set
}

// target gives back what the router said.
func (t *target) target() router.Target {
	return router.Target{Kind: t.kind, Name: t.name, Hosted: t.hosted}
}

// resolve finds where an address leads. It is false if it is none.
func (s *Session) resolve(to xmlscan.Value) bool {
	t := &s.to
	t.raw = t.raw[:0]
	if !to.Present() {
		return false
	}
	b := to.Raw()
	if !to.Plain() {
		s.local.to = to.Append(s.local.to[:0])
		b = s.local.to
	}
	p, ok := jid.Parse(b)
	if !ok {
		return false
	}
	domain := p.Domain
	if !p.Plain {
		d, err := jid.NormalizeDomain(nil, domain)
		if err != nil {
			return false
		}
		domain = d
	}
	t.rules = s.local.hub.Rules()
	found := s.lookUp(t.rules, domain)
	t.kind, t.hosted = found.Kind, found.Hosted
	t.name, t.set, t.dest, t.way = found.Name, nil, nil, nil
	switch found.Kind {
	case router.Component:
		t.set = found.Name.Set()
		if one := t.set.One(); one != nil {
			t.dest = one.Receiver.(*Session)
		}
	case router.Remote: // remembered, but not by whom it is served: see holder
	case router.Upstream:
		if t.way = s.wayUp(t.rules, found.Upstream); t.way == nil {
			return true
		}
	default:
		return true
	}
	if to.Plain() && len(b) <= rememberBytes {
		t.raw = append(t.raw, b...)
	}
	return true
}

// lookUp asks the router where a domain leads. What comes from a server is for a
// component, or for nobody: sent on to a server it could come back for ever.
func (s *Session) lookUp(rules *Rules, domain []byte) router.Target {
	if s.uplink() == nil {
		s.to.seen = s.local.hub.joined.Load()
		t := s.local.routes.Resolve(rules.Router, domain)
		if t.Kind == router.Upstream && rules.Upstream.Awaits(domain) {
			return router.Target{Kind: router.Nowhere, Hosted: true} // it is ours, and will be back
		}
		return t
	}
	if n := s.local.hub.Table.Lookup(domain); n != nil {
		return router.Target{Kind: router.Component, Name: n}
	}
	return router.Target{Kind: router.Nowhere, Hosted: true}
}
