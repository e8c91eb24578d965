// SPDX-License-Identifier: Apache-2.0

// Package tlstest makes certificates for tests: an authority, what it signs and
// what it revokes, as PEM files in a directory of the test's.
//
//	tlstest.go  all of it
//
// An authority belongs to its test's goroutine. Nothing here judges what it has
// made.
package tlstest
