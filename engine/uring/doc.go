// SPDX-License-Identifier: Apache-2.0

// Package uring is the engine's driver on io_uring, by system calls of our own:
// no Go module that is kept up has what is needed here.
//
// A ring serves one loop and one thread. It receives (multishot, into a ring of
// buffers that all connections share), tells when a socket takes bytes again,
// and waits; it does not send. What the engine asks for is only noted down, and
// turned into requests in one go before the next wait: asking twice, or taking
// back what was asked for a moment ago, costs nothing. So each slot has two
// sides, what the engine wants and what the kernel has, and all the care about
// cancelling, late data and release stands in one place that compares them.
//
//	driver.go   the driver: what the engine asks for
//	run.go      the loop: settle, wait, hand over; the timer and the wake
//	settle.go   from what is wanted to what the kernel has been asked
//	complete.go from the kernel's answers to sink calls
//	flood.go    streams that bring more than the ring is good for
//	hangup.go   ends that a receive may miss
//	slots.go    the two sides of one registration
//	listen.go   listening sockets, in a small epoll set that the ring watches
//	ring.go     the queues shared with the kernel
//	buffers.go  the ring of buffers that it receives into
//	plan.go     which kind of ring this kernel can make
//	probe.go    whether one works here, tried out
//	abi.go      numbers and layouts of the kernel's interface
//	errors.go   why there is no ring
//
// A driver belongs to its loop's goroutine, which Run binds to its thread; only
// Wake and Stop may be called from elsewhere. Everything that the kernel keeps
// an address of lies in mappings of our own, outside the Go heap.
package uring
