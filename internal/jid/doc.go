// SPDX-License-Identifier: Apache-2.0

// Package jid splits, checks, normalises and compares XMPP addresses as
// RFC 7622 defines them: [ node "@" ] domain [ "/" resource ].
//
// It is called once for the sender and once for the receiver of every stanza,
// so an ASCII address is split and judged in one pass over a table of byte
// classes, without allocation. Everything else (capital letters, other
// scripts, A-labels, IP literals) takes the slow path and costs what it costs.
//
// Files:
//
//   - class.go: what each byte may be, the table of the fast path
//   - parse.go: Parts, Parse
//   - domain.go: NormalizeDomain: case, IDNA, trailing dot, IP literals
//   - prep.go: node and resource: PRECIS profiles of RFC 8265
//   - normalize.go: Normalize, Bare
//   - errors.go: what can be wrong with an address
//
// All functions are safe for concurrent use; nothing is kept between calls.
// What is returned in Parts points into the caller's bytes.
//
// The package does not contain: routing, access rules, a type that owns an
// address (addresses live in the stanza that carries them), XML decoding
// (the caller hands over attribute values already decoded).
package jid
