// SPDX-License-Identifier: Apache-2.0

// Package peers starts the servers that a benchmark compares, each as its own
// process on a free port of 127.0.0.1, from Debian's package, with a generated
// configuration, and stops it by its process id.
//
// Every configuration is written to be fair: no limits on rate, no logs, no
// modules that touch component traffic, no TLS if it is not asked for, the poller
// that the server recommends, and otherwise its defaults. The reason of each
// setting stands beside it in the generated file, and the file is part of the
// results.
//
//   - server.go   a running server, and where it runs
//   - process.go  its processes: start, wait until they listen, stop
//   - certificate.go  for those with TLS
//   - peer.go     the kinds of servers, and which of them this machine has
//   - prosody.go, ejabberd.go, jabberd2.go, haproxy.go, copier.go, weir.go  one each
//   - copier/copier.c  the floor: answers the handshake and copies bytes, unchecked
//
// The package measures nothing. Not safe for concurrent use.
package peers
