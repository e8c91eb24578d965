// SPDX-License-Identifier: Apache-2.0

// Package wire holds the words of the component protocol and writes them:
// namespaces, stream headers, stream errors, stanza errors, the handshake.
//
// Writers are AppendX(dst, ...) []byte: they append to dst, return it, keep
// nothing, and allocate only what dst lacks. Attributes are written in single
// quotes. What comes from a peer's stanza is passed as a raw attribute value,
// that is, the bytes between its quotes as they came, and is quoted again so
// that it cannot end the attribute; text of ours is escaped.
//
// Files:
//
//   - namespace.go: the namespaces
//   - header.go: both sides' stream header, the end tag
//   - stream_error.go: stream errors and the conditions weir itself gives
//   - handshake.go: the proof and its comparison
//   - stream_id.go: stream ids
//   - answer.go: the start tag of an answer to a stanza
//   - stanza_error.go: stanza errors
//   - ping.go: the ping of a link to a server
//   - escape.go: quoting and escaping
//
// All functions are safe for concurrent use, all variables are read only.
//
// The package does not contain: parsing, any state of a stream, any decision
// about who gets which error.
package wire
