// SPDX-License-Identifier: Apache-2.0

package logqueue

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// linesRate is how many lines of one message are written a second, and
	// linesBurst how many at once: a storm of reconnects of a small site is
	// logged whole, and a flood costs a few kilobytes a second.
	linesRate  = 50
	linesBurst = 1000
	// tellAfter is when at the latest it is said that lines were left out.
	tellAfter = 5 * time.Second
	// messagesMax bounds the memory of a program that makes up messages. Ours are
	// constants.
	messagesMax = 1000
)

// Limiter is a handler in front of another one that leaves lines out when very
// many have the same message, and says how many. Safe for concurrent use.
type Limiter struct {
	next slog.Handler
	*limits
}

// limits are shared by a limiter and those derived from it.
type limits struct {
	first slog.Handler // without attributes, for what the limiter says itself
	clock func() time.Time
	lines atomic.Int64 // left out, ever

	mu       sync.Mutex // guards what follows
	messages map[string]*message
	timer    *time.Timer // set while there is something to tell
}

// message is one that lines have in common.
type message struct {
	credit  float64 // lines
	at      time.Time
	omitted int
}

// NewLimiter stands in front of next.
func NewLimiter(next slog.Handler) *Limiter { return newLimiter(next, time.Now) }

func newLimiter(next slog.Handler, clock func() time.Time) *Limiter {
	return &Limiter{next, &limits{first: next, clock: clock, messages: map[string]*message{}}}
}

// Omitted is how many lines have been left out so far.
func (l *Limiter) Omitted() int64 { return l.lines.Load() }

// Enabled implements slog.Handler.
func (l *Limiter) Enabled(ctx context.Context, level slog.Level) bool {
	return l.next.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (l *Limiter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Limiter{l.next.WithAttrs(attrs), l.limits}
}

// WithGroup implements slog.Handler.
func (l *Limiter) WithGroup(name string) slog.Handler {
	return &Limiter{l.next.WithGroup(name), l.limits}
}

// Handle implements slog.Handler.
func (l *Limiter) Handle(ctx context.Context, r slog.Record) error {
	if !l.passes(r.Message) {
		return nil
	}
	return l.next.Handle(ctx, r)
}

func (l *limits) passes(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, m := l.clock(), l.messages[text]
	if m == nil {
		if len(l.messages) == messagesMax {
			return true
		}
		m = &message{credit: linesBurst, at: now}
		l.messages[text] = m
	}
	m.credit = min(linesBurst, m.credit+now.Sub(m.at).Seconds()*linesRate)
	m.at = now
	if m.credit >= 1 {
		m.credit--
		return true
	}
	m.omitted++
	l.lines.Add(1)
	if l.timer == nil {
		l.timer = time.AfterFunc(tellAfter, l.Tell)
	}
	return false
}

// Tell says what has been left out since it was last said. It is called by itself
// after a while, and should be at the end.
func (l *limits) Tell() {
	l.mu.Lock()
	left := map[string]int{}
	for text, m := range l.messages {
		if m.omitted > 0 {
			left[text], m.omitted = m.omitted, 0
		}
	}
	l.timer = nil
	l.mu.Unlock()
	for text, n := range left {
		r := slog.NewRecord(l.clock(), slog.LevelWarn, "log lines left out: too many were alike", 0)
		r.AddAttrs(slog.String("like", text), slog.Int("lines", n))
		_ = l.first.Handle(context.Background(), r) // nobody is left to be told
	}
}
