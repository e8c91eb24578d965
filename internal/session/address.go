// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"

	"weir/internal/acl"
	"weir/internal/jid"
	"weir/internal/stanza"
	"weir/xmlscan"
)

// rememberBytes bounds what a session keeps of an address, so that a component
// with long ones costs no more memory than others.
const rememberBytes = 128

// sender is the last address a session has sent from, as it came: a component
// writes the same one again and again, and what has been judged once need not be
// parsed again. It holds under the settings by which it was judged.
type sender struct {
	raw []byte
	by  *ready
}

// mayBeFrom says whether a stanza of ours may say that it is from there.
func (s *Session) mayBeFrom(from xmlscan.Value) bool {
	raw, set := from.Raw(), s.lis.now()
	if len(raw) > 0 && string(raw) == string(s.from.raw) && set == s.from.by {
		return true
	}
	if !from.Present() {
		return false
	}
	if !from.Plain() {
		s.local.from = from.Append(s.local.from[:0])
		return s.ownsAddress(s.local.from, set)
	}
	if !s.ownsAddress(raw, set) {
		return false
	}
	if len(raw) <= rememberBytes {
		s.from.raw, s.from.by = append(s.from.raw[:0], raw...), set
		s.own = s.isOurs(raw)
	}
	return true
}

// ownsAddress says whether b is an address, and if the listener wants that
// checked, whether its domain is exactly ours: whole labels, whatever the case.
func (s *Session) ownsAddress(b []byte, set *ready) bool {
	p, ok := jid.Parse(b)
	if !ok || !set.CheckFrom {
		return ok
	}
	if p.Plain && !s.acceptor().Subdomain() {
		return string(p.Domain) == s.in.Name()
	}
	domain, err := jid.NormalizeDomain(nil, p.Domain)
	if err != nil {
		return false
	}
	if !s.acceptor().Subdomain() {
		return string(domain) == s.in.Name()
	}
	n := s.local.hub.Table.Lookup(domain)
	return n != nil && slices.Contains(n.Set().Instances, s.inst)
}

// sender is the stanza's sender in normal form, valid until it is asked for
// again on this loop.
func (lo *Local) sender(st *xmlscan.Stanza) stanza.Address {
	return stanza.Normalise(&lo.from, st.From())
}

// receiver is likewise the stanza's receiver.
func (lo *Local) receiver(st *xmlscan.Stanza) stanza.Address {
	return stanza.Normalise(&lo.to, st.To())
}

// maySendTo asks the access rule of the listener by which dest came in.
func (s *Session) maySendTo(dest *Session, st *xmlscan.Stanza) bool {
	rule, let := dest.lis.now().Access, &s.local.let
	raw := st.From().Raw()
	if rule == let.rule && string(raw) == string(let.raw) {
		return true
	}
	allow, _ := rule.Decide(s.local.sender(st).Parts)
	if allow && st.From().Plain() && len(raw) <= rememberBytes {
		let.rule, let.raw = rule, append(let.raw[:0], raw...)
	}
	return allow
}

// pass is the last address that a rule has let pass, as it came. A rule never
// says otherwise later: one that a reload brings is another one.
type pass struct {
	rule *acl.Rule
	raw  []byte
}
