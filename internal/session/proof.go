// SPDX-License-Identifier: Apache-2.0

package session

import (
	"net/netip"
	"slices"

	"weir/engine"
	"weir/internal/wire"
)

// Warden counts wrong proofs by where they come from. Safe for concurrent use; now
// is a loop's time.
type Warden interface {
	// Failed says whether this was the one too many.
	Failed(from netip.Addr, now int64) (lockedOut bool)
	// Locked says that nobody from there is let in now, whatever it proves.
	Locked(from netip.Addr, now int64) bool
}

// wrongProof counts a proof that was not right.
func (s *Session) wrongProof() {
	s.local.Count.AuthFailed++
	w := s.lis.now().Warden
	if w == nil {
		return
	}
	peer := s.conn.RemoteAddr()
	if w.Failed(peer.Addr(), s.conn.Loop().Now()) {
		s.local.hub.Log.Warn("too many wrong proofs: nobody from there is let in for a while", "listener", s.lis.now().Name, "peer", peer)
	}
}

// lockedOut refuses a component that has proved itself, if too many wrong proofs
// have come from where it is. It is told what the others were told, or it would
// know that it has guessed right.
func (s *Session) lockedOut() bool {
	w := s.lis.now().Warden
	if w == nil || !w.Locked(s.conn.RemoteAddr().Addr(), s.conn.Loop().Now()) {
		return false
	}
	s.note("locked-out")
	s.leave("locked-out", s.in.Fail(nil, wire.CondNotAuthorized, wrongProofText))
	return true
}

// wrongProofText is what the stream machine says to a wrong proof.
const wrongProofText = "Invalid handshake"

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
