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
