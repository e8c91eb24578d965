// SPDX-License-Identifier: Apache-2.0

// Package bench is the load tool behind cmd/weirload: scenarios against any
// XEP-0114 server, their results, and how these are shown.
//
//   - scenario.go  what all scenarios have in common: the target, the options
//   - pattern.go   who sends to whom
//   - cast.go      components and flows of a run
//   - course.go    a run from its first connection to its last, and what is measured
//   - proof.go     how connections without traffic show that they are what they are
//   - lines.go     by what scenarios pass
//   - traffic.go   forward, latency and soak: one engine, different paces
//   - connect.go   connects and handshakes a second
//   - idle.go      many connections that do nothing
//   - crew.go, crew_lead.go  the same in several processes
//   - slow.go      a receiver that stops reading
//   - storm.go     many components are cut off at once and come back
//   - restart.go   the server is restarted under traffic
//   - hostile.go   malformed streams beside good traffic
//   - result.go, distribution.go  what a run found, as it is written to JSON
//   - table.go     a result as a table for people
//   - progress.go, progress_line.go, progress_bar.go  what a run says while it goes on
//   - words.go     how numbers and times are written
//   - set.go       the results of a benchmark, as one file
//   - figures.go   what is compared of each scenario
//   - goal.go      a figure and what is wanted of it
//   - compare.go   a set as a table
//   - markdown.go  a set for a repository
//   - machine.go   where it was found
//   - kernel.go    what the machine's network stack lost meanwhile
//   - process.go   processor time and memory of the server
//
// The stanzas and their checks are package traffic, the connections package
// client, malformed streams package hostile. Package bench opens no socket itself.
package bench
