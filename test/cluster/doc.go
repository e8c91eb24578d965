// SPDX-License-Identifier: Apache-2.0

// Package cluster tests nodes of a cluster as processes: real binaries, joined by
// the NATS servers inside them or by servers of the test's, killed, frozen and cut
// off by process id and by a proxy between them.
//
//	kit_test.go        nodes of a test, and components that find them
//	routing_test.go    a component on one node talks to one on another
//	conflict_test.go   one name on two nodes, by every policy
//	fault_test.go      nodes that die, freeze, or lose each other
//	drain_test.go      a node that leaves in good order; routes with TLS both ways
//	nats_test.go       nodes at somebody else's NATS, and what becomes of them without it
//	permissions_test.go  what a node must be let do at NATS, and must not
//	slow_test.go       a component that does not read, and those beside it
//	upstream_test.go   servers behind nodes that serve the same name
//	demo_test.go       make cluster-demo
package cluster
