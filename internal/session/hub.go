// SPDX-License-Identifier: Apache-2.0

package session

import (
	"log/slog"
	"sync/atomic"

	"weir/engine"
	"weir/internal/flow"
	"weir/internal/host"
	"weir/internal/refusal"
	"weir/internal/router"
	"weir/internal/tap"
	"weir/table"
)

// Rules are what a reload can change for all sessions. Immutable.
type Rules struct {
	Router *router.Router
	Hosts  []string // general.hosts, normalised: where subdomain components live
	Host   *host.Service
	// Upstream knows the ways to the servers that Router tells apart; nil: there
	// are none.
	Upstream Upstream
}

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

// Hub is what all sessions share. It is safe for concurrent use.
type Hub struct {
	Table *table.Table
	Log   *slog.Logger
	// KeepDeparted has what streams did that have ended kept until it is asked for.
	KeepDeparted bool
	// Refusals is the book of streams that were refused.
	Refusals refusal.Book

	rules     atomic.Pointer[Rules]
	limits    atomic.Pointer[Limits]
	instances atomic.Uint64 // the last instance ID given
	joined    atomic.Uint32 // counts those who have got names
	taps      tap.Places
	heir      atomic.Pointer[Heir]
	engine    *engine.Engine
	cluster   Cluster // nil: there are no other nodes
	cut       atomic.Bool
	crossing  crossing
}

// Rules are the rules now.
func (h *Hub) Rules() *Rules { return h.rules.Load() }

// SetRules replaces the rules; stanzas from then on follow the new ones.
func (h *Hub) SetRules(r *Rules) { h.rules.Store(r) }

// Limits are the limits now.
func (h *Hub) Limits() *Limits { return h.limits.Load() }

// SetLimits replaces the limits. A congestion that has begun ends under those it
// began with.
func (h *Hub) SetLimits(l *Limits) { h.limits.Store(l) }

// Bind tells the hub the engine its sessions live in, before the first of them.
func (h *Hub) Bind(e *engine.Engine) { h.engine = e }
