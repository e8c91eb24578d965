// SPDX-License-Identifier: Apache-2.0

// Command run is the benchmark: weir and its peers on one machine, one after the
// other, in rounds. It builds weir and weirload, starts the servers (package
// peers), runs weirload for every scenario against each, stops the servers, and
// prints one table.
//
//		go run ./bench/run -install -results bench/results
//		go run ./bench/run -quick
//
//	  - main.go     flags, servers, files of results
//	  - build.go    weir and weirload, and their commit
//	  - plan.go     the rows
//	  - rounds.go   which server runs when; one run
package main
