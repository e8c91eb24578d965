// SPDX-License-Identifier: Apache-2.0

// Package shaper is a token bucket in bytes that neither drifts nor rounds.
//
// A component listener's shaper has one number, max_rate, in bytes per second.
// It is both the rate at which the bucket fills and the bucket's size, and the
// bucket starts full: a stream may at any time have read at most
// rate*seconds + rate bytes.
//
//	bucket.go   Bucket: Max (how much may be read now), Spend, Wait
//	state.go    State: a bucket as a value
//
// The clock is an argument, in nanoseconds, so that a test owns the time. A
// Bucket belongs to the loop of its connection and is not safe for concurrent
// use.
//
// The package holds no timer, reads no clock and knows no connection: who is
// told to wait decides how.
package shaper
