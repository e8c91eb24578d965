// SPDX-License-Identifier: Apache-2.0

// Package traffic makes the stanzas of a load test and judges those that come
// back. It does no I/O: bytes out, bytes in, a verdict.
//
// Every stanza is a pure function of its flow (one sender, one receiver) and
// its number in that flow: shape, length, text and token all follow from the
// two. The receiver can therefore write down what must come next and compare
// whole stanzas by memory, which is both the cheapest and the strictest check.
//
// Servers may rewrite a stanza without changing it: other attribute order or
// quotes, an added xml:lang or xmlns. The first stanza that differs in bytes is
// parsed and compared by meaning; when it means the same, its way of writing is
// learned as a further form, and the next ones are compared by memory again.
//
//   - token.go     the numbered mark every stanza carries, once or more
//   - shape.go     one kind of stanza: text with places for names, token, noise
//   - mix.go       weighted shapes, read from TOML; the built-in mix
//   - script.go    shapes in their order, the noise; immutable once made
//   - form.go      one way of writing a shape for one flow
//   - flow.go      one sender to one receiver: writes, and counts what arrived
//   - sequence.go  which numbers arrived: lost, doubled, out of order
//   - ranges.go    sets of numbers, held as ranges
//   - inbox.go     what one connection receives: the fast comparison
//   - judge.go     the slow judgement of what the fast comparison did not know
//   - canon.go     the meaning of a stanza as comparable text
//   - split.go     where the first element of a byte stream ends
//
// A Script is immutable. A Flow and an Inbox belong to the one goroutine that
// drives both ends of the flow.
package traffic
