// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"

	"weir/engine"
	"weir/internal/wire"
)

// AcceptProven is Accept for a connection whose peer has proved to be any of
// names, in normal form. On a listener that asks for that, a component can have
// no other name.
func (h *Hub) AcceptProven(c *engine.Conn, lis *Listener, names []string) *Session {
	s := h.Accept(c, lis)
	if s.slow != nil && s.slow.bound {
		s.slow.proven = names
	}
	return s
}

// unproven is the first of names that the component has not proved to be its
// own; empty if there is none, or if nobody asks.
func (s *Session) unproven(names []string) string {
	if s.slow == nil || !s.slow.bound {
		return ""
	}
	i := slices.IndexFunc(names, func(name string) bool { return !slices.Contains(s.slow.proven, name) })
	if i < 0 {
		return ""
	}
	return names[i]
}

// impostor refuses a component that has not proved a name.
func (s *Session) impostor(name string) {
	s.wrongProof()
	s.told = true
	s.note("certificate-name")
	s.local.hub.Log.Warn("component refused: its certificate is not for its name", "component", s.in.Name(), "name", name,
		"proven", s.slow.proven, "listener", s.lis.now().Name, "peer", s.conn.RemoteAddr())
	s.leave("not-authorized", s.in.Fail(nil, wire.CondNotAuthorized, "The certificate is not for this name"))
}
