// SPDX-License-Identifier: Apache-2.0

package session

import (
	"sync/atomic"

	"weir/engine"
	"weir/internal/shaper"
	"weir/internal/stream"
	"weir/internal/wire"
	"weir/table"
	"weir/xmlscan"
)

// machine is either side of a stream: stream.Acceptor for a component's,
// [uplink] for ours to a server.
type machine interface {
	Feed(b []byte)
	Suspend()
	Next(out []byte) (stream.Event, []byte)
	Stanza() *xmlscan.Stanza
	Scanner() *xmlscan.Scanner
	Name() string
	State() stream.State
	Verdict() stream.Verdict
	Buffered() int
	Fail(out []byte, cond xmlscan.Condition, text string) []byte
	Close()
}

// Session is one stream: a component's, or a link to a server that stands for a
// component there. It implements engine.Handler and is owned by its connection's
// loop.
type Session struct {
	in    machine
	conn  *engine.Conn
	local *Local
	lis   *Listener

	inst *table.Instance // while registered
	from sender          // the last address it sent from
	to   target          // where its last stanza went

	timer engine.Timer // negotiation, later the lease
	slow  *slow        // lease, shaper and answer budgets, for those who need them
	input input        // its place among unfinished stanzas
	ended bool         // goodbye has been said
	last  bool         // nothing more will be read: no hold keeps what has come
	// broken says that the peer is gone without its goodbye: what it was not sent
	// waits for whoever comes back in its place.
	broken bool
	told   bool // the log has been told why it ended
	own    bool // from's domain is our name letter for letter, see maySayUp
	// waits says that its shaper keeps it from being read all that is there; to be
	// asked from any loop.
	waits atomic.Bool
}

// downstream is a component's session and its machine in one piece of memory.
type downstream struct {
	Session
	acceptor stream.Acceptor
}

// Accept makes the session of a new connection.
func (h *Hub) Accept(c *engine.Conn, lis *Listener) *Session {
	d := &downstream{Session: Session{conn: c, local: localOf(c), lis: lis}}
	s, set := &d.Session, lis.now()
	s.in = &d.acceptor
	d.acceptor.Init(&set.accept[c.Loop().ID()], wire.NewStreamID())
	s.local.Count.Opened++
	if set.Identity {
		s.slowed().bound = true // to nothing, until AcceptProven says more
	}
	if set.Shaper > 0 {
		s.slowed().shape = shaper.New(set.Shaper, c.Loop().Now())
		c.Bite(s.slow.shape.Max(c.Loop().Now()))
	}
	s.awaitPeer()
	return s
}

// Data implements engine.Handler.
func (s *Session) Data(b []byte) {
	if u := s.uplink(); u != nil {
		u.heard = s.conn.Loop().Now()
	}
	s.in.Feed(b)
	if s.conn.Held() != 0 {
		s.in.Suspend() // it was on its way when we stopped reading
		s.keepInput(false)
	} else {
		s.local.run.feed = b
		s.goOn()
		s.local.run.feed = nil
	}
	s.shape(len(b))
}

// Resumed implements engine.Handler.
func (s *Session) Resumed() { s.goOn() }

// goOn goes through what has come and accounts for what is left of it.
func (s *Session) goOn() { s.keepInput(s.advance() != 0) }

// advance goes through what has come, sees to it that all of it is on its way, and is
// how many stanzas that were.
func (s *Session) advance() (accepted int64) {
	before := s.local.Count.Accepted
	s.process()
	s.local.flushAcross()
	accepted = s.local.Count.Accepted - before
	s.conn.CountUnits(accepted)
	return accepted
}

// process goes through what has come, until there is no more or the stream is
// held.
func (s *Session) process() {
	for !s.ended {
		ev, out := s.in.Next(s.local.words[:0])
		if ev == stream.StanzaReady {
			if s.local.taps == nil {
				s.stanza(s.in.Stanza())
			} else {
				s.tapStanza(s.in.Stanza())
			}
			if s.conn.Held() == 0 || s.last {
				continue
			}
			s.sendRun() // may lift nothing: a hold ends by a later event
			if !s.ended {
				s.in.Suspend()
			}
			return
		}
		s.sendRun()
		s.event(ev, out)
		if ev == stream.NeedMore {
			return
		}
		if s.conn.Held() != 0 && !s.ended && !s.last {
			s.in.Suspend()
			return
		}
	}
}

// event handles everything but an established stream's stanzas.
func (s *Session) event(ev stream.Event, out []byte) {
	switch ev {
	case stream.Opened:
		s.say(out)
		s.awaitPeer()
	case stream.Dropped:
		s.early()
	case stream.Authenticated:
		s.register()
	case stream.Ready:
		s.linked()
	case stream.Failed:
		s.failed(out)
	case stream.PeerError:
		s.peerError(out)
	case stream.Closed:
		s.leave("peer-closed", out)
	}
	if cap(out) > cap(s.local.words) {
		s.local.words = out[:0]
	}
}

// peerError ends a stream that the peer says it has found a fault in.
func (s *Session) peerError(out []byte) {
	s.told = true
	if s.uplink() == nil { // else its owner tells, with the remedy
		s.local.hub.Log.Warn("stream error from component", "component", s.in.Name(),
			"condition", string(s.in.Verdict().Condition), "listener", s.lis.now().Name, "peer", s.conn.RemoteAddr())
	}
	s.leave("peer-error", out)
}

// acceptor is the machine of a component's stream.
func (s *Session) acceptor() *stream.Acceptor { return s.in.(*stream.Acceptor) }

// say queues words of ours on our own stream, and says whether it takes any.
func (s *Session) say(out []byte) bool { return s.conn.Write(s.conn.Loop(), out) != engine.Gone }
