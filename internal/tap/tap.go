// SPDX-License-Identifier: Apache-2.0

package tap

import (
	"errors"
	"sync/atomic"

	"weir/internal/jid"
)

const (
	// openMax is how many taps there may be at a time.
	openMax = 4
	// queueLines is how many lines may wait for who looks.
	queueLines = 256
)

// ErrTooMany is returned when there are as many taps as there may be.
var ErrTooMany = errors.New("too many taps are open")

// Places are those for taps; the zero Places is all of them. Safe for concurrent use.
type Places struct{ taken atomic.Int32 }

// Tap is a trace of one component, connected or not. Safe for concurrent use.
type Tap struct {
	Name   string // the component's, in normal form; immutable
	places *Places
	lines  chan Line
	missed atomic.Int64
	shut   func(*Tap)
}

// Open begins a trace. shut has to take it from the loops, when it is closed.
func (p *Places) Open(name string, shut func(*Tap)) (*Tap, error) {
	domain, err := jid.NormalizeDomain(nil, []byte(name))
	if err != nil {
		return nil, err
	}
	if p.taken.Add(1) > openMax {
		p.taken.Add(-1)
		return nil, ErrTooMany
	}
	return &Tap{Name: string(domain), places: p, lines: make(chan Line, queueLines), shut: shut}, nil
}

// Close ends the trace. It waits for the loops; no line comes afterwards.
func (t *Tap) Close() {
	t.shut(t)
	t.places.taken.Add(-1)
}

// Lines are what the tap has seen, as it comes.
func (t *Tap) Lines() <-chan Line { return t.lines }

// Missed is how many lines there have been that nobody was told: too many in a
// second, or nobody read them.
func (t *Tap) Missed() int64 { return t.missed.Load() }
