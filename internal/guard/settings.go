// SPDX-License-Identifier: Apache-2.0

package guard

import (
	"net/netip"
	"slices"
	"time"
)

// Settings are a listener's limits by address. The zero value lets everybody in.
// Immutable.
type Settings struct {
	Allow   []netip.Prefix // nobody else; nil: everybody
	Deny    []netip.Prefix // nor those, whatever Allow says
	Proxies []netip.Prefix // who may tell another one's address; nil: everybody

	Connections int // at a time from one address; 0: no limit
	Rate        int // connections a second from one address, and its burst; 0: no limit

	Failures int           // wrong proofs from one address within Window; 0: no limit
	Window   time.Duration // from the first of them
	Lockout  time.Duration // how long nobody from there is let in then
}

// counts says whether anything must be known of an address.
func (s *Settings) counts() bool { return s.Connections > 0 || s.Rate > 0 || s.Failures > 0 }

// listed says whether the lists let an address in.
func (s *Settings) listed(a netip.Addr) bool {
	return !within(s.Deny, a) && (s.Allow == nil || within(s.Allow, a))
}

func within(nets []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(nets, func(p netip.Prefix) bool { return p.Contains(a) })
}
