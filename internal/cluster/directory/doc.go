// SPDX-License-Identifier: Apache-2.0

// Package directory is what this node knows of the names that other nodes
// serve: the other half of the component table.
//
//	directory.go  Directory: the map from name to *Name; which nodes live
//	name.go       Name, Set, Holder: what a lookup finds
//
// Readers take no lock of ours: a lookup is one read of a striped map, and
// everything behind a *Name is an atomic pointer to something immutable. There
// is one writer, the registry's watch; what it learns may be a moment old, so
// whoever is sent a stanza by it checks the epoch that came with it.
//
// Not here: how the knowledge comes (internal/cluster/registry), who serves a
// name on this node (table).
package directory
