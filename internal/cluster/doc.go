// SPDX-License-Identifier: Apache-2.0

// Package cluster is this node among others: it puts the registry (who serves
// which name), the link (stanzas between nodes) and the sessions of this node
// together.
//
//	node.go     Node: its parts, start and stop
//	options.go  Options
//	claims.go   names for a component: all of them or none
//	ask.go      asking another node after a holder of its own
//	send.go     a session's message, to the link
//	deliver.go  the link's batches, to the loops
//	places.go   what has come and is not written yet
//	fence.go    nothing goes out that an expired lease does not cover
//	keepers.go  nodes that hold links to servers, and die
//	status.go   how things stand
//	transport.go Transport: how the nodes reach each other
//	open.go     Open: the parts over NATS; open_off.go: built without it
//
// A Node is safe for concurrent use. It implements session.Cluster.
//
// Not here: NATS beyond opening it (internal/cluster/natsd, link and
// registry/natskv), which stanza goes where (internal/router), what a sender is
// answered (internal/session).
package cluster
