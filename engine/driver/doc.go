// SPDX-License-Identifier: Apache-2.0

// Package driver is the cut between the engine and the kernel: a Driver knows
// file descriptors and bytes, and tells its Sink what happened to them.
//
// A driver receives, reports readiness and keeps time. It owns no send, no
// accept, no connection and no policy: the engine writes with direct system
// calls and accepts only after it has taken a place under a limit. So a new
// driver is a few hundred lines, and everything that can lose a stanza is
// written once, above this line.
//
//	driver.go  the two interfaces, and what each side may rely on
//	slot.go    how one registration is named, and why a stale event is harmless
//	clock.go   the one clock that every deadline is told in
//	slice.go   how a loop's thread asks to be served soon
//
// Drivers stand in engine/epoll and engine/uring. engine/drivertest holds the
// suite that each of them must pass, and a wrapper that makes any driver as
// unkind as the interface allows.
package driver
