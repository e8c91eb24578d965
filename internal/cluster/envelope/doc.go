// SPDX-License-Identifier: Apache-2.0

// Package envelope is what stands before a stanza on its way from one node to another:
// what it is for, by whom, and by which claims.
//
//	envelope.go  Envelope: Append, Open
//
// Its functions are safe for concurrent use; an Envelope is a value.
//
// Not here: how messages are brought to a node (internal/cluster/link), and what
// becomes of a stanza there (internal/session).
package envelope
