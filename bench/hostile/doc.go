// SPDX-License-Identifier: Apache-2.0

// Package hostile sends malformed streams to a component listener, at a rate:
// what a broken or malicious component does to a server that others use.
//
//   - kinds.go   the ways in which a stream is malformed
//   - stream.go  one stream: connect, perhaps log in, misbehave, see what comes
//   - swarm.go   many of them, and what became of each kind
//
// It says what the server did, not whether that was right: what counts is what the
// others notice, and that is measured elsewhere. A Swarm is safe for concurrent use.
package hostile
