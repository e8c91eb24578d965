// SPDX-License-Identifier: Apache-2.0

// Package upgrade is the wire between a weir that serves and the one that is to
// take its place: a local socket over which listening sockets, streams and all
// that is known of them go.
//
//	pipe.go     Pipe: messages and descriptors, in order
//	message.go  Message: what is said, and in which order
//	start.go    starting the new one, and finding the old one
//
// # When the streams change hands
//
// The old process holds everything still, gives a copy of it, and waits. The new one
// takes it in without touching any stream, and says Taken before it does. That word
// in the old one's socket is the moment: until then the old process goes on as if
// nothing had been, whatever becomes of the new one; from then on it only lets go.
// Refuse settles it for an old process that will wait no longer: either the word has
// come, or it can come no more.
//
// A Pipe's sending and receiving sides each belong to one goroutine at a time.
//
// Not here: what a stream consists of (engine, internal/session, internal/upstream),
// who moves when (internal/proxy).
package upgrade
