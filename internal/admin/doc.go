// SPDX-License-Identifier: Apache-2.0

// Package admin is how operators see and steer a running weir: HTTP on the
// address of [admin], and the same on a local socket.
//
//	server.go   Server: where it listens, and for how many
//	routes.go   what there is to ask for, and what needs the token
//	socket.go   the local socket
//	inherit.go  sockets from the process before us, and for the one after
//	view.go     what answers look like; they are JSON, and programs read them
//	answers.go  each question answered
//	tap.go      what one component sends and is sent, as it comes
//	watch.go    the page's events: one sample a second for all who look
//	page.go     the status page, one file that needs nothing from elsewhere
//
// What computes runs away from the loops (Weir.Offload): a goroutine of the HTTP
// server waits, reads and writes, and nothing else. Everything is bounded:
// connections, watchers, the size of a request, the time it may take, the rows
// of the page.
//
// A Server is safe for concurrent use.
//
// Not here: what is counted (internal/session, engine), how metrics are written
// (internal/metrics), reloading (cmd/weir).
package admin
