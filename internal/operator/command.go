// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"weir/engine"
	"weir/internal/session"
	"weir/internal/wire"
)

// Kick ends the streams that serve a name, and returns how many there were. Who
// is behind is closed at once: it would not read a goodbye either. What waited
// for it is answered.
func Kick(h *session.Hub, name string) int {
	return serving(h, name, func(s *session.Session) {
		_, behind := s.Behind()
		s.Dismiss("kicked", wire.CondPolicyViolation, "Closed by the operator")
		if behind {
			s.Conn().Abort(engine.CauseAborted)
		}
	})
}

// Drain ends the streams that serve a name as a shutdown does, after what waits
// for them, and returns how many there were.
func Drain(h *session.Hub, name string) int {
	return serving(h, name, func(s *session.Session) {
		s.Dismiss("drained", wire.CondSystemShutdown, "Drained by the operator")
	})
}

// serving has each stream that serves a name do something on its loop. It
// waits for the loops, so it is not called on one.
func serving(h *session.Hub, name string, do func(*session.Session)) (n int) {
	found := h.Table.Lookup([]byte(name))
	if found == nil {
		return 0
	}
	for _, inst := range found.Set().Instances {
		s, ok := inst.Receiver.(*session.Session)
		if !ok {
			continue
		}
		s.Conn().Loop().Call(func() {
			defer s.Conn().Guard()
			if !s.Ended() {
				n++
				do(s)
			}
		})
	}
	return n
}
