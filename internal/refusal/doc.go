// SPDX-License-Identifier: Apache-2.0

// Package refusal keeps a book of those who were not let in, or were shown the
// door: counts by reason for the metrics, and the last of them for the status
// page.
//
//	book.go  Book, Entry
//
// A Book is safe for concurrent use. It is asked nothing on the path of stanzas.
// Not here: stanzas that were refused (internal/session counts them), and the log.
package refusal
