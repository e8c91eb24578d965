// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"log/slog"

	"weir/engine"
	"weir/internal/refusal"
	"weir/internal/stream"
	"weir/internal/wire"
	"weir/xmlscan"
)

var _ engine.Handler = (*Session)(nil)

// failed ends a stream for a fault of the peer's; out is the error.
func (s *Session) failed(out []byte) {
	s.local.Count.Failed++
	if s.uplink() != nil { // its owner tells
		s.leave(string(s.in.Verdict().Condition), out)
		return
	}
	v := s.in.Verdict()
	if v.Condition == wire.CondNotAuthorized {
		s.wrongProof()
	}
	s.told = true
	s.note(string(v.Condition))
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

// Dismiss ends the stream in good order with an error of ours that is no fault of the
// peer's. What the peer has sent so far counts.
func (s *Session) Dismiss(reason string, cond xmlscan.Condition, text string) {
	s.goThrough()
	s.leave(reason, s.in.Fail(nil, cond, text))
}

// Shutdown says goodbye to the peer because weir goes. It runs on the
// session's loop.
func (s *Session) Shutdown() {
	defer s.conn.Guard()
	if s.uplink() != nil {
		s.Unlink()
		return
	}
	s.Dismiss("system-shutdown", wire.CondSystemShutdown, "System shutting down")
}

// quit takes the session out of the world: nobody finds it from now on.
func (s *Session) quit(reason string) {
	if s.ended {
		return
	}
	s.ended = true
	s.local.Count.Ended.add(reason)
	s.tapStream("ended", reason)
	l := s.conn.Loop()
	l.Disarm(&s.timer)
	s.dropHolds()
	s.forgetInput()
	if s.uplink() != nil {
		s.unlinked()
	}
	if s.inst == nil {
		s.unclaim()
		s.tellEnd(reason)
		return
	}
	s.local.leaveTable(s)
	s.unclaim()
	s.leftNames()
	s.local.hub.Log.Info("component left", "component", s.in.Name(), "reason", reason, "listener", s.lis.now().Name)
}

// tellEnd logs the end of a stream that was never established, unless what ended
// it was logged. One that has said nothing at all is a look whether somebody is
// here, and those come every few seconds.
func (s *Session) tellEnd(reason string) {
	if s.told || s.uplink() != nil {
		return
	}
	level := slog.LevelInfo
	if s.in.State() == stream.WaitHeader && s.in.Buffered() == 0 {
		level = slog.LevelDebug
	}
	s.local.hub.Log.Log(context.Background(), level, "stream ended before the handshake", "component", s.in.Name(), "reason", reason,
		"listener", s.lis.now().Name, "peer", s.conn.RemoteAddr())
}

// replaced: another session has taken our place. Its peer may take its time to go,
// but it is out of the world now.
func (s *Session) replaced() {
	defer s.conn.Guard()
	s.quit(engine.CauseReplaced.String())
}

// leaveTable gives up a session's names. Moving on what waits for it writes to
// others, who may break and want to leave too: they do so one after the other,
// since the table is locked meanwhile.
func (lo *Local) leaveTable(s *Session) {
	lo.leaving = append(lo.leaving, s)
	if !lo.tabled {
		lo.withTable(func() {})
	}
}

// withTable runs f, which locks the table and writes to others, and then has
// those leave who broke meanwhile.
func (lo *Local) withTable(f func()) {
	lo.tabled = true
	lo.loop.Critical(f)
	for i := 0; i < len(lo.leaving); i++ {
		s := lo.leaving[i]
		rest := backlog{of: s}
		lo.loop.Critical(func() {
			rest.keep()
			lo.hub.Table.Leave(s.inst, rest.moveOn)
		})
		rest.sendHome()
	}
	clear(lo.leaving)
	lo.leaving = lo.leaving[:0]
	lo.tabled = false
}

// End implements engine.Handler. A peer that has only finished sending may still
// take what waits for it. It will not be read again, so what it has sent counts
// now, whoever may be behind.
func (s *Session) End(failed bool) {
	s.last = true
	s.advance()
	s.broken = true // it said no goodbye
	last := []byte(wire.Trailer)
	if s.in.State() == stream.WaitHeader {
		last = nil // we have opened nothing that could be ended
	}
	s.leave("connection-ended", last)
}

// Closing implements engine.Handler: the connection is about to go without our
// goodbye.
func (s *Session) Closing(cause engine.Cause) {
	// The run in hand can only be ours, and only after a panic. Were it left
	// there, the next stream's bytes would be sent in its place.
	s.sendRun()
	s.broken = true
	s.quit(cause.String())
}

// Closed implements engine.Handler.
func (s *Session) Closed(u *engine.Unsent, cause engine.Cause) {
	s.quit(cause.String())
	verdict := s.in.Verdict()
	if cause != engine.CausePanic { // else who knows what it has left
		s.dropInput()
	}
	s.local.noteDeparture(s)
	s.in.Close()
	// Others may remember us for long; what we remember must not live as long
	// as they do, nor what that remembers.
	s.from, s.to, s.slow = sender{}, target{}, nil
	u.Each(s.undelivered)
	if up := s.uplink(); up != nil {
		up.owner.Ended(s, verdict, cause)
	}
}

// note enters a stream into the book of refusals.
func (s *Session) note(reason string) {
	s.local.hub.Refusals.Stream(refusal.Entry{
		Reason: reason, Listener: s.lis.now().Name, Peer: s.conn.RemoteAddr(), Component: s.in.Name(),
	})
}
