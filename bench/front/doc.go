// SPDX-License-Identifier: Apache-2.0

// Command front measures weir in front of XMPP servers: what a component reaches
// through it and without it, turn about, on the same machine and the same server.
//
//		go run ./bench/front -results bench/results
//		go run ./bench/front -quick
//
//	  - main.go      flags, building, the order of things, files of results
//	  - site.go      servers, with a weir in front of each
//	  - traffic.go   rates, latencies and processor time, in paired rounds
//	  - links.go     what a thousand names at two servers take to come up, and to keep
//
// Senders connect to weir, receivers to the server: so each stanza passes weir
// once, on its way up. A round is one run without weir and one with it, one right
// after the other; a figure is the median of the rounds' ratios or differences,
// which a busy machine disturbs less than the rates themselves.
package main
