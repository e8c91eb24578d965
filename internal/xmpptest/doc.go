// SPDX-License-Identifier: Apache-2.0

// Package xmpptest is the test kit for tests that run the real weir binary and talk to it over real sockets.
//
// What each file owns:
//
//	build.go     building weir once per test process, with the race detector when the test has it
//	driver.go    which driver of the engine the environment asks for
//	weir.go      one running weir: start, wait for its listeners, signals, stop, exit status
//	upgrade.go   another process takes its place
//	weirlog.go   its log: captured, searched, waited on, checked for secrets
//	peer.go      a scripted XEP-0114 component on a raw connection: connect, log in, end
//	send.go      what the peer sends: whole, byte by byte, half closed, reset
//	expect.go    what the peer must receive: exact bytes, patterns, stanzas, the end of the stream
//	answers.go   the exact bytes weir answers with, written down a second time from the specification
//	stanza.go    a stanza as encoding/xml reads it
//	program.go   a program of somebody else (a component library at work), driven by lines of text
//	server.go    a real XMPP server that weir stands in front of: Prosody or ejabberd, with users
//	prosody.go   Prosody as a server for components, to compare with
//	need.go      skipping by name when such a program is not on this machine
//
// A Peer and a Program belong to the goroutine of the test that made them. A Weir is safe for concurrent use.
//
// The package deliberately imports none of the product's packages: what it expects is written out again here and read with
// encoding/xml, so that a fault of the product does not hide behind the same fault in its test. It never sleeps for luck:
// every wait is for a condition and has a deadline.
package xmpptest
