// SPDX-License-Identifier: Apache-2.0

// Package upstream keeps the links to the XMPP servers behind us: for each name
// that a component serves here, one to each server that is to know it, opened
// with XEP-0114 as the component itself would.
//
//	manager.go  Manager: the names there are; what sessions ask of it
//	settings.go Settings of one server
//	group.go    servers for the same domains, and which of them a name prefers
//	change.go   servers that come, go and change while we run
//	name.go     name: a component's, from when it comes until it is given up
//	holder.go   which node of several holds a name's links, and what goes there
//	linger.go   a component that has left: how long its links stay, what waits
//	way.go      which of several links is taken; what waits for a link
//	queue.go    a bounded, aged queue of stanzas
//	link.go     link: one name at one server, from dialling to its end
//	secure.go   TLS to a server, and what to do where it fails
//	ping.go     a server that has fallen silent is found
//	advert.go   what a server says once and later components must know too
//	server.go   who may dial, how many at a time, and when again
//	dial.go     from an address to a descriptor
//	backoff.go  how long to wait
//	remedy.go   what an operator can do about a server that refuses
//	state.go    names and links as values, and made of them
//	status.go   how things stand
//
// What a link says and hears is a session's ([session.Session]); this package
// opens links, closes them, and keeps what waits for them.
//
// A Manager is safe for concurrent use. A name's mutex guards the name, its links
// and its ways; the links of one name live on one loop, and what they report
// comes on that loop.
//
// Lock order: the table's registry, Manager.mu, name.mu, server.mu, then the
// engine's. Nothing that may change the table is called with any of them held.
//
// Not here: the stream machine (internal/stream), which stanza goes where
// (internal/router, internal/session), bytes (engine).
package upstream
