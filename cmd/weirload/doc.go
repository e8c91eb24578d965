// SPDX-License-Identifier: Apache-2.0

// Command weirload drives any XEP-0114 server with component connections, checks
// every stanza that comes back, and says how fast the server was. The scenarios
// are package bench; here are only flags and exit codes: 0 good, 1 something went
// wrong or a stanza did, 2 usage.
//
//   - main.go     the commands, interrupts, exit codes
//   - flags.go    the flags of all commands, and their ranges
//   - tls.go      the flags of TLS
//   - traffic.go  commands with traffic
//   - fears.go    what storm and hostile have beside it
//   - restart.go  how restart restarts the server
//   - connections.go  commands without traffic: connect, idle
//   - report.go   the command that reads results instead of measuring
package main
