// SPDX-License-Identifier: Apache-2.0

// Package proxy puts weir together and runs it. It wires and starts and stops;
// it decides nothing.
//
//	proxy.go     Proxy: New opens, Run serves until it is told to leave
//	settings.go  the configuration in the words of each package
//	upstreams.go likewise, of the servers behind us
//	door.go      a listener of the configuration: its socket, limit and settings
//	entrance.go  what comes before a stream: the PROXY header, TLS
//	guard.go     who may come in, by address
//	cluster.go   the other nodes, if there are any
//	cluster_sample.go how it stands among them
//	drain.go     leaving: goodbye to everybody, then out
//	bequeath.go  an upgrade in place: everything is given to a new process
//	outlive.go   what is left to the old one then
//	tunnel.go    a TLS connection whose stream has gone there
//	inherit.go   the new process's side
//	counts.go    counters of two processes become one
//	reload.go    another configuration for a running proxy
//	rearrange.go its listening sockets, or all as it was
//	observe.go   what is seen of it from outside, and what operators do to a name
//	driver.go    which of the engine's drivers
//
// A Proxy is safe for concurrent use.
package proxy
