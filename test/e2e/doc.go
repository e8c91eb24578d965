// SPDX-License-Identifier: Apache-2.0

// Package e2e holds the end-to-end tests: the real weir binary on a real socket, spoken to by scripted peers to the byte and
// by real component libraries. It has no code of its own; the kit is internal/xmpptest.
//
// What each file tests, by the life of a stream:
//
//	opening_test.go        stream headers, good and bad; state_timeout
//	negotiation_test.go    state_timeout for each step
//	handshake_test.go      the proof, what may come before it
//	password_test.go       where passwords come from, several at once
//	conflict_test.go       one name asked for twice; is_subdomain
//	conflict_kick_test.go  who decides, all names, who does not read
//	balance_test.go        one name on several connections
//	stanzas_test.go        what is refused, what is forwarded and how
//	checkfrom_test.go      whose addresses a component may use
//	badxml_test.go         bad XML ends one stream and no other
//	xmllimits_test.go      each limit of XML, met exactly
//	routing_test.go        no route, routing modules, the host service
//	routing_order_test.go  the order of routing_modules
//	hidden_test.go         hidden components in disco
//	leaving_test.go        ends of streams and of weir
//
// and by what an operator sets:
//
//	config_test.go         configurations as people paste them, examples, a reload of hosts
//	reload_test.go         a reload of listeners
//	upgrade_test.go        another process takes weir's place
//	upgrade_load_test.go   likewise, while components talk and others come and go
//	upgrade_tls_test.go    likewise, of components on TLS
//	upgrade_upstream_test.go  likewise, in front of a server
//	upgrade_state_test.go  what else of a stream goes along
//	upgrade_faults_test.go likewise, and the other process fails
//	address_test.go        addresses, ports, keys without effect
//	proxyprotocol_test.go  the PROXY header
//	tls_test.go            TLS: every option, who may come in, who waits for nobody
//	operations_test.go     docs/OPERATIONS.md, as it stands
//	connections_test.go    max_connections, reuse_port, accept_balance, backlog
//	driver_test.go         the engine's driver
//	files_test.go          the limit on open files
//	patterns_test.go       many to one, one to many, all to all
//	limits_test.go         max_connections and state_timeout; who does not read
//	backpressure_test.go   who does not read, who reads late, who causes errors: bounds, and what others notice
//	loglevel_test.go       what is logged
//	heavy_test.go          memory and speed beside a flood; long, and only when asked for
//	shaper_test.go         speed
//	access_test.go         who may send to a component
//
// and with others' software: libraries_test.go (slixmpp, @xmpp/component, libstrophe, started by clients_test.go), biboumi_test.go,
// and suite_test.go, MongooseIM's component_SUITE case by case. assert_test.go, flood_test.go and kernel_test.go hold what several
// of them use. seedpage_test.go and suite_cases_test.go are lists, which option and which case is shown by what, and see to it that
// none is missing.
//
// The programs on the component libraries are under clients/.
package e2e
