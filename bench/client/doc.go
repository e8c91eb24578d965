// SPDX-License-Identifier: Apache-2.0

// Package client drives many XEP-0114 component connections from few threads,
// at little cost: what it spends is missing from the server it measures, which
// mostly runs on the same cores.
//
// A Fleet is connections and lanes; a lane sends the stanzas of one flow at its
// pace and learns of their arrival. Both ends of a lane are on one loop, so that
// nothing is shared between threads but a few published counters.
//
//   - config.go   whom to connect to, and what lanes are for
//   - fleet.go    all loops together: open, run, prove, drain, close
//   - place.go    which connection is on which loop
//   - total.go    what a run came to, and how far it is
//   - loop.go     one thread: epoll, whose turn it is
//   - phase.go    what a fleet is at
//   - opening.go  connections from open to close
//   - redial.go   connections that are cut and come back
//   - lane.go     when a flow sends, in a closed loop
//   - schedule.go when a flow sends, in an open loop
//   - flood.go    lanes that send to receivers that do not read
//   - conn.go     one connection from connect to close; the handshake
//   - conn_io.go  its reads and writes
//   - coder.go    its TLS
//   - socket_linux.go  system calls
//   - source.go   addresses to connect from
//   - account.go  counters of a loop, its own and published
//   - period.go   the measured parts of a run
//
// It does not parse or check stanzas (package traffic) and does not know what a
// scenario is (package bench).
package client
