// SPDX-License-Identifier: Apache-2.0

// Package logqueue is a writer that never makes its caller wait: event loops
// write log lines, and a terminal that is stopped or a pipe nobody reads must
// not stop them.
//
//	queue.go  Queue: a bounded buffer, one goroutine that writes it out
//
// A Queue is safe for concurrent use. Not here: formatting, levels, and what is
// worth a line.
package logqueue
