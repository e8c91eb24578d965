// SPDX-License-Identifier: Apache-2.0

// Package memstore is a registry.Store in memory, with the faults of a real one
// on request: what tests and simulations run against. The contract suite
// (internal/cluster/clustertest) holds it to what the real store does.
//
//	server.go  Server: the keys, revisions, expiry, watches
//	client.go  Client: one node's way to it, a registry.Store
//	faults.go  what may go wrong on that way
//
// A Server and its Clients are safe for concurrent use. It has no socket and
// waits on nothing but timers and channels, so it works in a synctest bubble.
package memstore
