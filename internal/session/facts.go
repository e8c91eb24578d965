// SPDX-License-Identifier: Apache-2.0

package session

import (
	"time"

	"weir/engine"
	"weir/internal/stream"
	"weir/table"
)

// Name is the component's name as it has asked for it; of a link, that it stands for.
// This and what follows is for the session's loop, but for what never changes: its
// connection, its listener, whether it is a link.
func (s *Session) Name() string { return s.in.Name() }

// Subdomain says whether the component has asked for its name under every host.
func (s *Session) Subdomain() bool {
	a, ok := s.in.(*stream.Acceptor)
	return ok && a.Subdomain()
}

// Ended says that goodbye has been said.
func (s *Session) Ended() bool { return s.ended }

// Behind says since when the peer has not kept up with what waits for it; false: it
// does.
func (s *Session) Behind() (d time.Duration, behind bool) {
	s.conn.WithGate(func(g engine.Gate) { d, behind = time.Since(g.(*gate).since), true })
	return d, behind
}

// IsLink says whether the session is a link to a server.
func (s *Session) IsLink() bool { return s.uplink() != nil }

// Conn is the connection of a session.
func (s *Session) Conn() *engine.Conn { return s.conn }

// Settings are the settings of the listener by which a component came, as they
// are now.
func (s *Session) Settings() *Settings { return s.lis.now().Settings }

// Listener is the door by which a component came, or its link's server.
func (s *Session) Listener() *Listener { return s.lis }

// Instance is the session's place in the table; nil without one.
func (s *Session) Instance() *table.Instance { return s.inst }
