// SPDX-License-Identifier: Apache-2.0

// Package engine runs connections on event loops. It knows bytes and where one
// unit of them ends; it does not know what they mean.
//
//	engine.go    start, stop, and what loops share
//	loop.go      one loop: what its driver tells it, and the end of a batch
//	batch.go     how long batches took
//	slots.go     the table that gives events to their owners
//	post.go      messages from elsewhere to a loop
//	timer.go     deadlines of a loop
//	listen.go    listening sockets: who accepts, and on which loop it lives
//	limit.go     how many connections a listener may have
//	rate.go      how fast they are accepted
//	guest.go     what a connection gives back when it goes
//	adopt.go     a connection of a socket that was not accepted here
//	sock.go      the system calls on sockets
//	conn.go      a connection from its start to its end
//	conn_read.go holding and resuming the reading side
//	outbox.go    what waits for a peer, and the token to write it
//	flush.go     writing an outbox
//	patience.go  how long a peer may be behind, changed while it runs
//	chunk.go     the memory an outbox is made of
//	handover.go  one connection takes another one's place
//	hungup.go    whether a peer has gone that is not read
//	unsent.go    what a connection leaves behind
//	tally.go     what one connection has brought and been sent
//	mooring.go   a connection leaves its driver for a while
//	freeze.go    all loops at rest, so that connections can be taken elsewhere
//	state.go     a connection as a value, and a connection made of one
//	offload.go   work that must not run on a loop
//
// TLS, between the bytes of the driver and those of the handler:
//
//	tls.go           Secure; what a secured connection has beyond a plain one
//	tls_wire.go      the connection that crypto/tls sees, which never waits
//	tls_hello.go     whether the first message has come whole
//	tls_handshake.go a connection's handler while it negotiates
//	tls_steps.go     a handshake as a runner computes it
//	tls_places.go    whose turn it is, and how many there may be
//	tls_read.go      from ciphertext to the handler
//	tls_write.go     from the outbox to ciphertext
//	tls_handover.go  the last words of a secured connection
//	tls_lend.go      memory that connections take turns with (tls_lend_purego.go: do not)
//
// # Who may call what
//
// A connection belongs to one loop for life. Handler methods run on that
// loop's goroutine, one at a time. Append and Write may be called on any loop's
// goroutine, with that loop as argument; ID, Loop and Post from anywhere; all
// else on the connection's own loop only.
//
// # The token
//
// An outbox is idle, dirty (on some loop's list), writing, blocked, or closed.
// Its mutex guards appends and that word, and is never held over a system
// call. Whoever moves it to writing holds the token, and nobody else writes.
// The descriptor is closed by the owner only, and only with the token: a writer
// on another loop can so never write into a descriptor that has been given out
// anew, which would be one peer's bytes on another peer's socket.
//
// # What it does not contain
//
// No parsing, no routing, no policy on slow peers (see Gate), no logging but of
// its own broken surroundings (descriptors run out, a handler panics).
package engine
