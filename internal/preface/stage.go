// SPDX-License-Identifier: Apache-2.0

package preface

import (
	"errors"
	"time"

	"weir/engine"
)

// timeout is what a balancer has to send its header, as in MongooseIM.
const timeout = time.Second

// Stage waits for a connection's PROXY header and then makes way for the handler
// the connection is for. It implements engine.Handler.
type Stage struct {
	conn    *engine.Conn
	next    func() engine.Handler
	refused func(error)
	got     []byte
	timer   engine.Timer

	// For is its user's own.
	For any
}

var errLate = errors.New("preface: no PROXY header in time")

// Await makes the handler of a new connection that must begin with a header.
// next makes the one that follows, when the header has come and the connection
// knows its peer's address; nil if it has aborted the connection. refused is told
// why a connection is closed that has not brought one.
func Await(conn *engine.Conn, refused func(error), next func() engine.Handler) *Stage {
	s := &Stage{conn: conn, refused: refused, next: next}
	l := conn.Loop()
	s.timer.Fire = func() { s.refuse(errLate) }
	l.Arm(&s.timer, l.Now()+timeout.Nanoseconds())
	return s
}

// State is what has come so far, and what is left of the time for the rest.
func (s *Stage) State() (got []byte, left time.Duration) {
	return s.got, s.timer.Left(s.conn.Loop().Now())
}

// Depart forgets a connection that goes on elsewhere.
func (s *Stage) Depart() { s.conn.Loop().Disarm(&s.timer) }

// Resume is Await for a connection of which something has come in another process.
func (s *Stage) Resume(got []byte, left time.Duration) {
	s.got = got
	l := s.conn.Loop()
	l.Arm(&s.timer, l.Now()+left.Nanoseconds())
}

// Data implements engine.Handler.
func (s *Stage) Data(b []byte) {
	s.got = append(s.got, b...)
	from, n, err := Read(s.got)
	switch {
	case err != nil:
		s.refuse(err)
	case n > 0:
		s.conn.Loop().Disarm(&s.timer)
		if from.IsValid() {
			s.conn.SetRemoteAddr(from)
		}
		h := s.next()
		if h == nil {
			return
		}
		s.conn.SetHandler(h)
		if rest := s.got[n:]; len(rest) > 0 {
			h.Data(rest)
		}
	}
}

func (s *Stage) refuse(why error) {
	s.refused(why)
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
