// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"maps"
	"time"

	"weir/engine"
	"weir/internal/session"
)

// LoopSample is what one loop has counted.
type LoopSample struct {
	ID          int
	Engine      engine.Counters
	Session     session.Counters
	Connections int
	InputBytes  int64         // of unfinished stanzas
	Lag         time.Duration // how long the loop took to look
	Left        []Card        // who has left since the last sample; see session.Hub.KeepDeparted
}

// SampleLoops reads the counters of all loops. It waits for them, so it is not
// called on one. What it returns is the caller's.
func SampleLoops(e *engine.Engine) []LoopSample {
	var all []LoopSample
	for _, l := range e.Loops() {
		var s LoopSample
		asked := time.Now()
		if l.Call(func() { s = sample(l, asked) }) {
			all = append(all, s)
		}
	}
	return all
}

func sample(l *engine.Loop, asked time.Time) LoopSample {
	lo := l.Local.(*session.Local)
	s := LoopSample{
		ID: l.ID(), Engine: l.Count, Session: lo.Count,
		Connections: l.Connections(), InputBytes: lo.InputBytes(), Lag: time.Since(asked),
	}
	s.Session.Refused, s.Session.Ended = maps.Clone(lo.Count.Refused), maps.Clone(lo.Count.Ended)
	for _, one := range lo.TakeDeparted() {
		s.Left = append(s.Left, Card{ID: one.ID, Name: one.Name, Subdomain: one.Subdomain, Tally: one.Tally})
	}
	return s
}
