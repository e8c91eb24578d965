// SPDX-License-Identifier: Apache-2.0

// Command weirload drives any XEP-0114 server with component connections, checks
// every stanza that comes back, and says how fast the server was. The scenarios
// are package bench; here are only flags and exit codes: 0 good, 1 something went
// wrong or a stanza did, 2 usage.
//
//   - main.go   the commands, interrupts, exit codes
//   - flags.go  the flags of each command and their ranges
//   - tls.go    the flags of TLS
//   - report.go  the command that reads results instead of measuring
package main
