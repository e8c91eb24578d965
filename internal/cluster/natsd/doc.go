// SPDX-License-Identifier: Apache-2.0

// Package natsd runs a NATS server inside this process: what the nodes of a cluster are joined by where no other NATS
// is at hand.
//
//	options.go  Options: name, routes to the other nodes and their TLS, limits
//	server.go   Server: Start, InProcessConn, Stats, Close
//	config.go   what these options are in the server's own words
//	log.go      its log lines, through slog
//	off.go      built without it (tag nocluster): Start gives ErrNotBuilt
//
// Only connections from inside this process are let in, and routes of servers that show a certificate of the same
// authority; nothing else listens: no WebSocket, MQTT, leaf nodes, gateways or monitoring.
//
// A Server is safe for concurrent use.
//
// The package does not contain: clients, subjects, buckets, or anything about stanzas.
package natsd
