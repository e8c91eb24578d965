// SPDX-License-Identifier: Apache-2.0

// Package bench is the load tool behind cmd/weirload: scenarios against any
// XEP-0114 server, their results, and how these are shown.
//
//   - scenario.go  what all scenarios have in common: the target, the options
//   - pattern.go   who sends to whom
//   - traffic.go   forward, latency and soak: one engine, different paces
//   - connect.go   connects and handshakes a second
//   - idle.go      many connections that do nothing
//   - slow.go      a receiver that stops reading
//   - set.go       the results of a benchmark, as one file
//   - compare.go   a set as a table, and as Markdown
//   - progress.go  what a run says while it goes on
//   - result.go    what a run found, as it is written to JSON
//   - machine.go   where it was found
//   - kernel.go    what the machine's network stack lost meanwhile
//   - process.go   processor time and memory of the server
//   - table.go     a result as a table for people
//
// The stanzas and their checks are package traffic, the connections package
// client. Package bench opens no socket itself.
package bench
