// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/wire"
)

var _ engine.Handler = (*Session)(nil)

// failed ends a stream for a fault of the peer's; out is the error.
func (s *Session) failed(out []byte) {
	s.local.Count.Failed++
	v := s.in.Verdict()
	if v.Condition == wire.CondNotAuthorized {
		s.local.Count.AuthFailed++
	}
	s.local.hub.Log.Warn("stream error", "component", s.in.Name(), "condition", string(v.Condition),
		"detail", v.Text, "listener", s.lis.now().Name, "peer", s.conn.RemoteAddr())
	s.leave(string(v.Condition), out)
}

// leave ends the stream in good order: the name is free first, then what waits
// is written, then last.
func (s *Session) leave(reason string, last []byte) {
	if s.ended {
		return
	}
	s.sendRun()
	s.quit(reason)
	s.conn.Finish(last, engine.CauseFinished)
}

// quit takes the session out of the world: nobody finds it from now on.
func (s *Session) quit(reason string) {
	if s.ended {
		return
	}
	s.ended = true
	l := s.conn.Loop()
	l.Disarm(&s.timer)
	s.dropHolds()
	s.forgetInput()
	if s.inst == nil {
		return
	}
	rest := backlog{of: s}
	l.Critical(func() { s.local.hub.Table.Leave(s.inst, rest.moveOn) })
	rest.sendHome()
	s.local.hub.Log.Info("component left", "component", s.in.Name(), "reason", reason, "listener", s.lis.now().Name)
}

// End implements engine.Handler. A peer that has only finished sending may still
// take what waits for it.
func (s *Session) End(failed bool) {
	if failed {
		// It will not be read again, so what it has sent counts now, whoever
		// may be behind.
		s.conn.Resume(s.conn.Held())
	}
	s.process()
	s.leave("connection-ended", []byte(wire.Trailer))
}

// Closing implements engine.Handler: the connection is about to go without our
// goodbye.
func (s *Session) Closing(cause engine.Cause) { s.quit(cause.String()) }

// Closed implements engine.Handler.
func (s *Session) Closed(u *engine.Unsent, cause engine.Cause) {
	s.quit(cause.String())
	s.in.Scanner().Close()
	u.Each(s.undelivered)
}
