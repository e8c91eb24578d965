// SPDX-License-Identifier: Apache-2.0

// Package operator is what an operator sees of the streams, and does to them.
//
//	survey.go   Card: what each component has brought and been sent
//	sample.go   LoopSample: what each loop has counted
//	explain.go  Explanation: where a stanza would go, and why
//	command.go  Kick, Drain: the end of a name's streams
//
// Its functions are safe for concurrent use. Most wait for the loops: they are not
// called on one.
//
// Not here: how it is asked and shown (internal/admin, internal/metrics), the live
// trace (internal/tap), servers and links (internal/upstream).
package operator
