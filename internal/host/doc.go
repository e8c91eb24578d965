// SPDX-License-Identifier: Apache-2.0

// Package host answers for the domains of general.hosts when no XMPP server
// is behind weir: service discovery, ping and software version. Whatever else
// is sent there is answered with an error, so that nobody waits for nothing.
//
// Files:
//
//   - service.go: Service, who gets which answer
//   - disco.go: XEP-0030: what weir is, which components it has
//   - query.go: XEP-0199 ping, XEP-0092 version, and the attributes of a payload
//
// A Service is immutable once used and safe for concurrent use if its Items
// function is.
//
// The package does not contain: routing, the check of addresses (the caller
// hands over parsed ones), users, rosters, or any state.
package host
