// SPDX-License-Identifier: Apache-2.0

package preface

import (
	"log/slog"
	"time"

	"weir/engine"
)

// timeout is what a balancer has to send its header, as in MongooseIM.
const timeout = time.Second

// Stage waits for a connection's PROXY header and then makes way for the handler
// the connection is for. It implements engine.Handler.
type Stage struct {
	conn  *engine.Conn
	log   *slog.Logger
	next  func() engine.Handler
	got   []byte
	timer engine.Timer
}

// Await makes the handler of a new connection that must begin with a header.
// next makes the one that follows, when the header has come and the connection
// knows its peer's address.
func Await(conn *engine.Conn, log *slog.Logger, next func() engine.Handler) *Stage {
	s := &Stage{conn: conn, log: log, next: next}
	l := conn.Loop()
	s.timer.Fire = func() { s.refuse("no PROXY header in time") }
	l.Arm(&s.timer, l.Now()+timeout.Nanoseconds())
	return s
}

// Data implements engine.Handler.
func (s *Stage) Data(b []byte) {
	s.got = append(s.got, b...)
	from, n, err := Read(s.got)
	switch {
	case err != nil:
		s.refuse(err.Error())
	case n > 0:
		s.conn.Loop().Disarm(&s.timer)
		if from.IsValid() {
			s.conn.SetRemoteAddr(from)
		}
		h := s.next()
		s.conn.SetHandler(h)
		if rest := s.got[n:]; len(rest) > 0 {
			h.Data(rest)
		}
	}
}

func (s *Stage) refuse(why string) {
	s.log.Warn("connection closed", "reason", why, "peer", s.conn.RemoteAddr())
	s.conn.Abort(engine.CauseAborted)
}

// Resumed implements engine.Handler.
func (s *Stage) Resumed() {}

// End implements engine.Handler.
func (s *Stage) End(bool) { s.conn.Abort(engine.CausePeer) }

// Closing implements engine.Handler.
func (s *Stage) Closing(engine.Cause) { s.conn.Loop().Disarm(&s.timer) }

// Closed implements engine.Handler.
func (s *Stage) Closed(*engine.Unsent, engine.Cause) {}
