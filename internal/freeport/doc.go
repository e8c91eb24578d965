// SPDX-License-Identifier: Apache-2.0

// Package freeport finds TCP ports on loopback for programs that cannot be asked to take any. For tests and benchmarks.
//
//	port.go  Next
//
// It is safe for concurrent use, and knows nothing of who will listen.
package freeport
