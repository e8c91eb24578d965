// SPDX-License-Identifier: Apache-2.0

// Package drivertest holds the suite that every driver.Driver must pass, and a
// wrapper that makes any of them as unkind as the interface allows.
//
//	suite.go     Run, and the list of what is checked
//	rig.go       the suite's own sink: it writes down what a driver says, and
//	             fails the test at once when that is more than it may say
//	sock.go      one socket under test, its peer, and what came for it
//	receive.go   streams, bites, holding
//	ending.go    ends and failures
//	writable.go  one-shot writability
//	release.go   releasing, stale events, descriptors given out anew
//	detach.go    letting go of a socket that goes on
//	listen.go    listening sockets
//	batch.go     the length of batches, wakes, the clock
//	timer.go     deadlines
//	stop.go      ending a loop
//	storm.go     all of it at once, at random
//	unkind.go    Unkind
//	hand.go      Hand: a driver without a kernel, for tests that move a loop by hand
//
// The suite uses TCP over loopback, as the product does. It asks for nothing
// that the interface does not promise, so that it holds for drivers that are
// told of readiness and for those that are told of completions.
package drivertest
