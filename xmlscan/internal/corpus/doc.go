// SPDX-License-Identifier: Apache-2.0

// Package corpus makes streams of XMPP stanzas to test and to time a scanner with. A set's name, size and
// content are fixed: the same bytes come out on every machine and with every Go, so that figures can be compared.
//
// The shapes are those of real traffic (what clients, chat rooms and gateways send), the text and the names are
// made up. corpus_test.go holds each set to the mean sizes and densities it is meant to have.
package corpus
