// SPDX-License-Identifier: Apache-2.0

// Package registry keeps, together with those of the other nodes, who serves
// which name.
//
//	store.go     Store: the compare-and-set map that the nodes share
//	key.go       a name as a key, and back
//	record.go    what stands under a key
//	registry.go  Registry: its parts, start and stop
//	lease.go     this node's sign of life, and when it must not act any more
//	claim.go     to get a name, against whoever has it
//	release.go   to give it up
//	watch.go     what others have changed, into the directory; what we have lost
//	assert.go    to write anew what the store has lost of ours
//	sweep.go     what the dead have left
//	expel.go     what one has left for whom nobody answers
//	count.go     counters
//
// # What is kept
//
// One record a name: all who hold it, wherever they are. It changes by
// compare-and-set only, so any two changes of one name come one after the other,
// and of several who want it at once exactly one is the first. A holder's epoch is
// the revision by which it came, with the age of the store before it: a later
// claim of a name has a larger one.
//
// One lease a node, which expires. A holder counts as long as its node's lease is
// there with the incarnation it was written with; refreshing costs so by the node
// and not by the name.
//
// All of it is soft: every live node writes anew what is missing of its own, and
// gives up what somebody else has got by a later claim. A store that forgets
// everything is filled again.
//
// # Concurrency
//
// A Registry is safe for concurrent use. Claims and releases of one name take
// turns; the watch is one goroutine, the only writer of the directory.
//
// Not here: how a store works (memstore, natskv), how stanzas travel
// (internal/cluster/link), who is asked for a sign of life (internal/cluster).
package registry
