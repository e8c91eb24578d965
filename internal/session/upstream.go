// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"

	"weir/internal/wire"
)

// Upstream knows the links to the servers behind us. It is safe for concurrent
// use. Admit and Keep are called inside the table's critical section and must not
// call what changes the table.
type Upstream interface {
	// Way is how a name's stanzas go to an upstream of the router's
	// (Target.Upstream); nil: they do not.
	Way(name string, upstream int32) *Way
	// Group are the names of the servers that an upstream of the router's stands
	// for, the first to be taken first.
	Group(upstream int32) []string

	// Admit: s is about to serve the names and has been greeted. What waits for
	// them is queued for it now. Until Registered is called, Park says Present.
	Admit(s *Session, names []string)
	// Registered: s has the names now, or could not have them after all.
	Registered(s *Session, names []string)
	// Left: s serves nothing any more. No names: any may have been its own.
	Left(s *Session, names []string)

	// Knows says whether any server is to know a name.
	Knows(name string) bool
	// Awaits says that a domain is of a component that has left and may be back.
	Awaits(domain []byte) bool
	// Park has a stanza wait for the component of a domain. left is one known to
	// be gone though it may still be found; nil without one.
	Park(lo *Local, domain string, left *Session, u Unit) Parking
	// Keep is Park for what was on its way to a component that is leaving: in
	// order, and ahead of all that is parked. It is false if nothing is kept.
	Keep(lo *Local, domain string, units []Unit) bool
	// Regard: who serves a name on other nodes has changed, and with that perhaps
	// which node holds its links; empty: so it may have with any name.
	Regard(name string)
	// Absence is the answer in the place of a component that is not there.
	Absence(domain []byte) wire.StanzaError
}

// Parking is what became of a stanza that was to wait.
type Parking uint8

const (
	Parked    Parking = iota
	Present           // it need not wait: look again
	Nobody            // nobody is expected there
	Elsewhere         // other nodes serve it, and nothing is to go there before
)

// Unit is one stanza, and the ID of the connection it came from.
type Unit struct {
	Raw []byte
	Src uint32
}

// NewUnit copies a stanza.
func NewUnit(raw []byte, src uint32) Unit { return Unit{bytes.Clone(raw), src} }

// absence is what a server is told of a component that is not there.
func (r *Rules) absence(domain []byte) wire.StanzaError {
	if r.Upstream == nil {
		return wire.ServiceUnavailable
	}
	return r.Upstream.Absence(domain)
}

// leftNames tells the upstreams that we serve nothing any more.
func (s *Session) leftNames() {
	u := s.local.hub.Rules().Upstream
	if u == nil {
		return
	}
	if s.acceptor().Subdomain() {
		u.Left(s, nil)
		return
	}
	u.Left(s, []string{s.in.Name()})
}
