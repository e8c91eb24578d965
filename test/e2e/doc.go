// SPDX-License-Identifier: Apache-2.0

// Package e2e holds the end-to-end tests: the real weir binary on a real socket, spoken to by scripted peers to the byte and
// by real component libraries. It has no code of its own; the kit is internal/xmpptest.
//
// What each file tests:
//
//	opening_test.go    stream headers, good and bad            handshake_test.go  the proof, what may come before it
//	conflict_test.go   one name asked for twice                stanzas_test.go    what is refused, what is forwarded and how
//	badxml_test.go     bad XML ends one stream and no other    routing_test.go    no route, routing modules, the host service
//	leaving_test.go    ends of streams and of weir             suite_test.go      MongooseIM's component_SUITE, case by case
//	config_test.go     configurations as people paste them     limits_test.go     access, speed, number, who does not read
//	balance_test.go    one name on several connections
//	libraries_test.go  slixmpp, @xmpp/component, libstrophe    biboumi_test.go    biboumi
//
// The programs on the component libraries are under clients/.
package e2e
