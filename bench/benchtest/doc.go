// SPDX-License-Identifier: Apache-2.0

// Package benchtest is a small XEP-0114 server for the tests of the load tool:
// one that behaves, or one with a planted fault that the tool must find.
//
//   - server.go  listener, handshake, routing by the domain of `to`
//   - peer.go    one component, and what is queued for it
//   - fault.go   the faults, and the rewriting that is none
//   - wellformed.go  what is refused as malformed
//
// It is slow, and reads only what the load tool writes. Safe for concurrent use.
package benchtest
