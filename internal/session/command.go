// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/wire"
)

// Kick ends the streams that serve a name, and returns how many there were. Who
// is behind is closed at once: it would not read a goodbye either. What waited
// for it is answered.
func (h *Hub) Kick(name string) int {
	return h.serving(name, func(s *Session) {
		behind := false
		s.conn.WithGate(func(engine.Gate) { behind = true })
		s.goThrough()
		s.leave("kicked", s.in.Fail(nil, wire.CondPolicyViolation, "Closed by the operator"))
		if behind {
			s.conn.Abort(engine.CauseAborted)
		}
	})
}

// Drain ends the streams that serve a name as a shutdown does, after what waits
// for them, and returns how many there were.
func (h *Hub) Drain(name string) int {
	return h.serving(name, func(s *Session) {
		s.goThrough()
		s.leave("drained", s.in.Fail(nil, wire.CondSystemShutdown, "Drained by the operator"))
	})
}

// serving has each stream that serves a name do something on its loop. It
// waits for the loops, so it is not called on one.
func (h *Hub) serving(name string, do func(*Session)) (n int) {
	found := h.Table.Lookup([]byte(name))
	if found == nil {
		return 0
	}
	for _, inst := range found.Set().Instances {
		s, ok := inst.Receiver.(*Session)
		if !ok {
			continue
		}
		s.conn.Loop().Call(func() {
			defer s.conn.Guard()
			if !s.ended {
				n++
				do(s)
			}
		})
	}
	return n
}
