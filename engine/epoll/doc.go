// SPDX-License-Identifier: Apache-2.0

// Package epoll is the engine's driver on netpoll's pollers.
//
// netpoll's own Connection cannot carry a proxy: it has no read back-pressure,
// its Flush blocks, and a goroutine stands between the poller and the handler.
// Its pollers cost nothing measurable. So each loop keeps an epoll set of its
// own with everything it watches, and gives netpoll one thing to watch: that
// set, dressed as a listener whose Accept runs batches as long as there are any.
//
//	driver.go  the driver: what the engine asks for
//	batch.go   one batch: events in, sink calls out
//	slots.go   which slot stands for which descriptor, and what it waits for
//	hook.go    the listener that netpoll serves: batch after batch, until it is quiet
//	start.go   one poller for each loop, and the proof of it
//	sys.go     the system calls, raw: none of them can block
//
// A driver belongs to its loop's goroutine; only Wake and Stop may be called
// from elsewhere.
package epoll
