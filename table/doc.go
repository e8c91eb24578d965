// SPDX-License-Identifier: Apache-2.0

// Package table is the component table: which name is served by which instances.
//
// A name is a normalised domain ("bot.example.org"). An instance is one bound stream of a component; the table keeps
// what the caller put in [Instance.Receiver] and never looks at it. A name has one instance, or several of `balance`
// listeners that share the name by the sender's bare address.
//
//	table.go     Table: the map from name to *Name, Lookup, Each
//	name.go      Name, Set, Instance: what a lookup finds
//	pick.go      which instance of several: highest random weight
//	register.go  Register and AddNames: conflicts, replacement, several names at once
//	away.go      SetAway: instances on other nodes that share a name
//	leave.go     Unregister and Leave: an instance goes, and with it perhaps its names
//	settle.go    Settle: wait for the change under way
//	state.go     the table as a value, and a table from it
//	askers.go    Askers: which instance of several asked, so that the answer finds it
//	errors.go    what can be refused
//	view.go      bytes as a string without a copy (view_purego.go: with one)
//
// # Concurrency
//
// Readers take no lock of ours: a lookup is one read of the striped map, and everything behind a *Name is an atomic
// pointer to an immutable [Set]. All writers hold one registry lock, because registration is rare and conflicts,
// replacement, balance and several names at once are then an ordinary critical section. The callbacks of [Request]
// run inside it: they may take the locks of connections (lock order: registry, then connections) and must not call
// the table.
//
// # Invariants
//
//   - A *Name never changes its text, and a cached one stays right until it is gone: [Name.Gone] is all a cache checks.
//   - A name is gone exactly when its set is empty (one atomic word holds both), and then for ever: a later
//     registration of the same text makes another *Name. So a lookup never meets a name that is neither gone nor served.
//   - At most one *Name of a text is not gone.
//   - A name that is handed from one instance to another (kick_old) is served at every moment in between.
//   - A set with several instances holds instances of balance listeners only.
//   - Once Unregister has returned, no lookup that begins later finds the instance.
//
// # Not here
//
// No I/O and nothing that does any, no parsing, no normalising (names come normalised), no routing order
// (internal/router), no access rules, no clock.
package table
