// SPDX-License-Identifier: Apache-2.0

// Package tap is a live trace of what one component sends and is sent, without what
// it says.
//
//	tap.go      Tap: who looks, and how much is shown at most
//	on_loop.go  OnLoop: a tap where stanzas pass
//	line.go     Line: what is shown of one
//
// A Tap is safe for concurrent use, an OnLoop is owned by its loop. Neither lets a
// loop wait: who reads too slowly is told how much was missed.
//
// Not here: which stanzas concern a tap, and what becomes of them (internal/session).
package tap
