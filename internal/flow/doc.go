// SPDX-License-Identifier: Apache-2.0

// Package flow decides who pays for a peer that does not read.
//
// A destination is judged only once its socket has refused bytes; until then
// nothing is counted and nothing costs. From then on every run queued for it is
// charged to the connection it came from. A source that has more than its share
// queued there is held, on a lease: it is read again when the destination has
// caught up, or when the lease is over, and from then on what it brings for that
// destination is refused (and answered), until the destination has caught up.
// So weir always reads in the end, and two peers that flood each other without
// reading cannot lock each other or anybody else.
//
//	marks.go  Marks: the numbers, with their units and defaults
//	gate.go   Gate: one destination's congestion and its debtors
//	lease.go  Lease: a source's side: which destinations hold it, until when
//	state.go  Standing: what of a gate is more than what waits
//
// A Gate is used with its destination's outbox locked, a Lease on its source's
// loop. The package has no clock, no socket and no log, and it sends nothing:
// whoever is told Refused answers the sender.
package flow
