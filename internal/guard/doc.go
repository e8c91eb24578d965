// SPDX-License-Identifier: Apache-2.0

// Package guard says who may come in by a listener, by address: lists of
// networks, how many connections an address may have, how often it may come, and
// how many wrong proofs it may show before nobody from there is let in for a while.
//
//	settings.go  Settings: what a listener's configuration says
//	guard.go     Guard: one listener's; the questions it answers
//	place.go     place: what is known of one address
//	memory.go    memory: the places that nobody is connected from, oldest first
//	state.go     State: wrong proofs and lock-outs as values, for a process that goes on with them
//
// What counts as one address is one IPv4 address, or an IPv6 /64, which is what
// one customer has.
//
// Memory is bounded whatever comes: a place with connections costs less than they
// do, and of those without, a fixed number is remembered. Who has more addresses
// than that is not stopped by limits for each address, and pushes out only what is
// known of addresses that nobody is connected from.
//
// A Guard is safe for concurrent use. It opens no socket, has no clock and logs
// nothing: time is an argument, in nanoseconds of any monotonic clock.
package guard
