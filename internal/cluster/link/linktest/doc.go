// SPDX-License-Identifier: Apache-2.0

// Package linktest has what tests of a cluster's nodes need: a bus in memory whose faults come from a seed, and the
// suite that every bus must pass, so that what is tested over one holds over the other.
//
//	network.go   Network: nodes, faults, cuts, freezes
//	bus.go       one node's bus on it
//	pipe.go      a queue with delays
//	contract.go  TestBus: what a link.Bus must do
//	nodes.go     IDs and peers for tests
//
// A Network is safe for concurrent use, and works inside a bubble of testing/synctest. The same seed makes the same
// choices as long as frames are sent in the same order.
package linktest
