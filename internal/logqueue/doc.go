// SPDX-License-Identifier: Apache-2.0

// Package logqueue is a writer that never makes its caller wait: event loops
// write log lines, and a terminal that is stopped or a pipe nobody reads must
// not stop them.
//
//	queue.go  Queue: a bounded buffer, one goroutine that writes it out
//	limit.go  Limiter: of very many lines that are alike, some are left out
//
// Queues and Limiters are safe for concurrent use. Not here: formatting, levels, and what is
// worth a line.
package logqueue
