// SPDX-License-Identifier: Apache-2.0

package config

import "time"

// The words for Engine.Driver.
const (
	DriverAuto    = "auto"
	DriverEpoll   = "epoll"
	DriverIOURing = "io_uring"
)

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// Engine is [engine]: the event loops, and every limit that holds for all
// listeners. Counts of bytes and times are per process or per connection, as
// said.
type Engine struct {
	Driver string // DriverAuto, DriverEpoll, DriverIOURing
	Loops  int    // 0: one per CPU

	QueueLow    int // bytes waiting for one receiver: below it, sources go on
	QueueHigh   int // bytes: shared out among the sources, each may owe its part
	QueueHard   int // bytes: nothing more is queued
	SourceShare int // bytes: the least that a source may owe, whatever its part

	PauseLease   time.Duration // longest pause of a source
	StallTimeout time.Duration // a receiver that takes no byte for so long is closed

	AnswerReserve   int // bytes: room for our answers in a source's own queue
	AnswerRate      int // answers a second that one connection may cause
	AnswerBytesRate int // bytes of answers a second, likewise

	OutboxBudget int // bytes waiting for receivers, in all
	InputBudget  int // bytes of unfinished stanzas, in all

	DrainWindow time.Duration // over which the goodbyes are spread; 0: at once

	MaxHeaderBytes    int // of a stream header
	MaxDepth          int // of a stanza, itself being 1
	MaxAttributes     int // of one element, declarations included
	MaxElements       int // of one stanza
	MaxNameBytes      int // of a qualified name
	MaxNamespaces     int // prefix declarations in scope
	MaxNamespaceBytes int // of them together
}

func defaultEngine() Engine {
	return Engine{
		Driver:            DriverAuto,
		QueueLow:          256 * kib,
		QueueHigh:         1 * mib,
		QueueHard:         8 * mib,
		SourceShare:       16 * kib,
		PauseLease:        200 * time.Millisecond,
		StallTimeout:      10 * time.Second,
		AnswerReserve:     64 * kib,
		AnswerRate:        1000,
		AnswerBytesRate:   1_000_000,
		OutboxBudget:      256 * mib,
		InputBudget:       64 * mib,
		MaxHeaderBytes:    8 * kib,
		MaxDepth:          64,
		MaxAttributes:     64,
		MaxElements:       32768,
		MaxNameBytes:      256,
		MaxNamespaces:     64,
		MaxNamespaceBytes: 4 * kib,
	}
}

func (e *Engine) section() section {
	return section{header: "[engine]", keys: "engine", fields: []field{
		restart(oneOf("driver", &e.Driver, plain(DriverAuto, DriverIOURing, DriverEpoll))),
		restart(integer("loops", &e.Loops, 0, 1024)),
		integer("queue_low_bytes", &e.QueueLow, 4*kib, gib),
		integer("queue_high_bytes", &e.QueueHigh, 16*kib, gib),
		integer("queue_hard_bytes", &e.QueueHard, 64*kib, 4*gib),
		integer("source_share_bytes", &e.SourceShare, 1*kib, gib),
		duration("pause_lease", &e.PauseLease, time.Millisecond, 10*time.Second),
		duration("stall_timeout", &e.StallTimeout, 100*time.Millisecond, time.Hour),
		integer("answer_reserve_bytes", &e.AnswerReserve, 4*kib, 16*mib),
		integer("answer_rate", &e.AnswerRate, 1, 1_000_000_000),
		integer("answer_bytes_rate", &e.AnswerBytesRate, 1*kib, 1<<32),
		integer("outbox_budget_bytes", &e.OutboxBudget, mib, 1<<40-1),
		integer("input_budget_bytes", &e.InputBudget, 64*kib, 1<<40-1),
		duration("drain_window", &e.DrainWindow, 0, time.Hour),
		integer("max_header_bytes", &e.MaxHeaderBytes, 512, mib),
		integer("max_depth", &e.MaxDepth, 2, 4096),
		integer("max_attributes", &e.MaxAttributes, 8, 256),
		integer("max_elements", &e.MaxElements, 16, gib),
		integer("max_name_bytes", &e.MaxNameBytes, 64, 4096),
		integer("max_namespaces", &e.MaxNamespaces, 2, 64),
		integer("max_namespace_bytes", &e.MaxNamespaceBytes, 256, mib),
	}}
}

func restart(f field) field {
	f.restart = true
	return f
}

func readEngine(b *block, e *Engine) {
	fields := e.section().fields
	b.known(names(fields)...)
	b.read(fields)
	b.below("queue_low_bytes", e.QueueLow, "queue_high_bytes", e.QueueHigh)
	b.below("queue_high_bytes", e.QueueHigh, "queue_hard_bytes", e.QueueHard)
	b.below("source_share_bytes", e.SourceShare, "queue_high_bytes", e.QueueHigh)
	b.below("queue_hard_bytes", e.QueueHard, "outbox_budget_bytes", e.OutboxBudget)
	if e.Driver == DriverIOURing && !b.src.support.IOURing {
		b.unsupported("driver", quote(DriverIOURing))
	}
	if e.DrainWindow != 0 && !b.src.support.DrainWindow {
		b.unsupported("drain_window", "to spread the goodbyes")
	}
}

// byDefault is said of a value that the file does not hold.
func (b *block) byDefault(key string) string {
	if b.has(key) {
		return ""
	}
	return " by default"
}

// below tells at key that its value is not under another one's.
func (b *block) below(key string, value int, other string, limit int) {
	if value >= limit {
		b.fail(key, "is %d%s, allowed: less than %s, which is %d%s", value, b.byDefault(key), other, limit, b.byDefault(other))
	}
}
