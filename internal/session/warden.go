// SPDX-License-Identifier: Apache-2.0

package session

import (
	"net/netip"

	"weir/internal/refusal"
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

// note enters a stream into the book of refusals.
func (s *Session) note(reason string) {
	s.local.hub.Refusals.Stream(refusal.Entry{
		Reason: reason, Listener: s.lis.now().Name, Peer: s.conn.RemoteAddr(), Component: s.in.Name(),
	})
}
