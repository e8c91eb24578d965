// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"weir/engine"
	"weir/internal/session"
	"weir/internal/wire"
)

// ping is the question that a silent server is asked (XEP-0199). Whatever comes
// from it after that is a sign of life; some servers stop reading and close
// nothing, so TCP alone would not tell. It is its loop's.
type ping struct {
	timer engine.Timer
	id    string // of the question under way; empty: none
	asked int64  // when
}

// watch begins to look for signs of life.
func (l *link) watch(s *session.Session) {
	loop := l.n.loop
	l.ping.id = ""
	l.ping.timer.Fire = func() {
		defer s.Conn().Guard()
		l.look(s)
	}
	loop.Arm(&l.ping.timer, loop.Now()+l.srv.now().PingInterval.Nanoseconds())
}

func (l *link) look(s *session.Session) {
	loop, p := l.n.loop, &l.ping
	now, heard := loop.Now(), s.Heard()
	quietAt := heard + l.srv.now().PingInterval.Nanoseconds()
	switch {
	case now < quietAt:
		p.id = ""
		loop.Arm(&p.timer, quietAt)
	case p.id == "" || heard > p.asked:
		p.id, p.asked = "weir-"+wire.NewStreamID(), now
		s.Conn().Write(loop, wire.AppendPing(nil, l.n.text, l.srv.now().pingTarget(l.n.text), p.id))
		loop.Arm(&p.timer, now+l.srv.now().PingTimeout.Nanoseconds())
	default:
		l.srv.m.Log.Warn("upstream has fallen silent", "upstream", l.srv.name, "component", l.n.text,
			"after", l.srv.now().PingInterval+l.srv.now().PingTimeout)
		s.Break()
	}
}
