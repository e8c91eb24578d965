// SPDX-License-Identifier: Apache-2.0

// Package stanza says what can be said of a stanza by itself, whoever has sent it and
// wherever it goes.
//
//	kind.go      Kind: which element it is, and whether it is an error
//	question.go  does it ask, does it answer, may it be answered with an error
//	address.go   Address: its sender's and receiver's, in normal form; domains as they came
//	rewrite.go   the few that cannot go byte for byte from one stream to another
//	reader.go    Reader: a stanza read again from its bytes
//
// Functions keep nothing of a stanza and are safe for concurrent use, as far as the
// stanza is; what they return points into it. On the way that nearly all stanzas take
// they allocate nothing.
//
// Not here: what is written in answer (internal/wire), and every decision about what
// becomes of a stanza (internal/session).
package stanza
