// SPDX-License-Identifier: Apache-2.0

// Package client drives many XEP-0114 component connections from few threads,
// at little cost: what it spends is missing from the server it measures, which
// mostly runs on the same cores.
//
// A Fleet is connections and lanes; a lane sends the stanzas of one flow at its
// pace and learns of their arrival. Both ends of a lane are on one loop, so that
// nothing is shared between threads but a few published counters.
//
//   - fleet.go    all loops together: open, run, drain, close, sum up
//   - loop.go     one thread: epoll, whose turn it is, phases
//   - lane.go     when a flow sends: a window, or a schedule; latency
//   - flood.go    lanes that send to receivers that do not read
//   - phase.go    what a fleet is at: open, run, drain, close
//   - conn.go     one connection from connect to close; the handshake
//   - conn_io.go  its reads and writes
//   - coder.go    its TLS
//   - socket_linux.go  system calls
//   - source.go   addresses to connect from
//   - account.go  counters and histograms of a loop, and their sum
//
// It does not parse or check stanzas (package traffic) and does not know what a
// scenario is (package bench).
package client
