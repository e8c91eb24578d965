// SPDX-License-Identifier: Apache-2.0

package session

import "weir/internal/flow"

// Limits bound what streams may cost. Immutable; a reload has others.
type Limits struct {
	Marks   flow.Marks
	Answers AnswerLimits
	// InputBudget is the memory of unfinished stanzas in all, in bytes; each
	// loop has an even part of it.
	InputBudget int64
}

// AnswerLimits bound the errors that one connection may cause: beyond them it is
// read that much slower.
type AnswerLimits struct {
	Reserve   int // bytes of them that may wait in its own queue
	Rate      int // a second
	BytesRate int // bytes a second
}

// Limits are the limits now.
func (h *Hub) Limits() *Limits { return h.limits.Load() }

// SetLimits replaces the limits. A congestion that has begun ends under those it
// began with.
func (h *Hub) SetLimits(l *Limits) { h.limits.Store(l) }
