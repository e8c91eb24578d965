// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"weir/engine"
	"weir/internal/jid"
	"weir/internal/shaper"
)

const (
	// tapsMax is how many taps there may be at a time.
	tapsMax = 4
	// tapQueue is how many lines may wait for who looks.
	tapQueue = 256
	// tapRate is how many lines a second one loop writes for a tap, and how many at
	// once: at some microseconds each they cost the loop a thousandth of its time.
	tapRate = 200
)

// ErrTaps is returned when there are as many taps as there may be.
var ErrTaps = errors.New("too many taps are open")

// Tap is a live trace of what one component sends and is sent, without what it
// says. Its methods are safe for concurrent use.
type Tap struct {
	hub    *Hub
	name   string // in normal form
	lines  chan TapLine
	missed atomic.Int64
}

// tapped is a tap on one loop.
type tapped struct {
	*Tap
	rate shaper.Bucket
}

// Tap begins a trace of a component, connected or not. It waits for the loops, so
// it is not called on one.
func (h *Hub) Tap(name string) (*Tap, error) {
	domain, err := jid.NormalizeDomain(nil, []byte(name))
	if err != nil {
		return nil, ErrNoAddress
	}
	if h.taps.Add(1) > tapsMax {
		h.taps.Add(-1)
		return nil, ErrTaps
	}
	t := &Tap{hub: h, name: string(domain), lines: make(chan TapLine, tapQueue)}
	t.onLoops(func(lo *Local) {
		lo.taps = append(slices.Clone(lo.taps), &tapped{t, shaper.New(tapRate, lo.loop.Now())})
	})
	return t, nil
}

// Close ends the trace. It waits for the loops; no line comes afterwards.
func (t *Tap) Close() {
	t.onLoops(func(lo *Local) {
		lo.taps = slices.DeleteFunc(slices.Clone(lo.taps), func(on *tapped) bool { return on.Tap == t })
		if len(lo.taps) == 0 {
			lo.taps = nil
		}
	})
	t.hub.taps.Add(-1)
}

func (t *Tap) onLoops(f func(lo *Local)) {
	for _, l := range t.hub.engine.Loops() {
		l.Call(func() { f(l.Local.(*Local)) })
	}
}

// Lines are what the tap has seen, as it comes.
func (t *Tap) Lines() <-chan TapLine { return t.lines }

// Missed is how many lines there have been that nobody was told: too many in a
// second, or nobody read them.
func (t *Tap) Missed() int64 { return t.missed.Load() }

// may says whether there is time for one more line, and takes it.
func (on *tapped) may(l *engine.Loop) bool {
	if on.rate.Max(l.Now()) == 0 {
		on.missed.Add(1)
		return false
	}
	on.rate.Spend(l.Now(), 1)
	return true
}

// tell puts a line into the queue, if there is room.
func (on *tapped) tell(line TapLine) {
	line.At = time.Now()
	select {
	case on.lines <- line:
	default:
		on.missed.Add(1)
	}
}
