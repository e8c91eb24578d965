// SPDX-License-Identifier: Apache-2.0

// Command tune measures what weir's own settings trade, one against the other on one machine: the tables of docs/TUNING.md and
// docs/PERFORMANCE.md. Each table alternates between the settings it compares, round by round, so that what else the machine
// does meets all of them, and gives medians and ratios of neighbouring runs.
//
//		go run ./bench/tune all      every table
//		go run ./bench/tune latency  one pair and sixteen, one stanza under way, beside the copier
//		go run ./bench/tune accept   accept_balance with few long streams
//		go run ./bench/tune cost     what a listener's options cost for each stanza
//		go run ./bench/tune loops    loops and drivers by the number of connections
//		go run ./bench/tune idle     memory of connections without traffic
//
//	  - main.go    the command: flags, the tables
//	  - tables.go  the tables: which settings, which load
//	  - bed.go     building weir and weirload, starting servers, running loads
//	  - compare.go rounds, medians, ratios
//	  - scrape.go  reading weir's metrics
//
// It prints Markdown, and writes it to a dated file with -results. The peers' own comparison is bench/run.
package main
