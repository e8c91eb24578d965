// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"

	"weir/internal/wire"
	"weir/table"
)

// claim asks the other nodes for a component's names. It is not read until they
// have answered; its negotiation's time stands still, since it is not its own.
func (s *Session) claim(names []string, inst *table.Instance) {
	s.conn.Hold(holdClaim)
	s.conn.Loop().Disarm(&s.timer)
	s.slowed().claimed = names
	s.slow.claimant, s.slow.undecided = inst.ID, true
	l := s.conn.Loop()
	set := s.lis.now()
	s.local.hub.cluster.Claim(Claim{Names: names, ID: inst.ID, Policy: set.Conflict, Hidden: set.Hidden}, func(err error) {
		l.Post(func() { s.claimDecided(names, inst, err) })
	})
}

// claimDecided goes on with a registration, on the session's loop.
func (s *Session) claimDecided(names []string, inst *table.Instance, err error) {
	defer s.conn.Guard()
	cl := s.local.hub.cluster
	if s.ended {
		if err == nil {
			cl.Release(names, inst.ID)
			s.local.hub.dropUnclaimed(names)
		}
		return
	}
	s.slow.undecided = false
	switch {
	case errors.Is(err, ErrNameTaken):
		s.slow.claimed = nil
		s.conflict(table.ErrConflict{Name: names[0]})
	case err != nil:
		s.slow.claimed = nil
		s.local.hub.Log.Warn("component refused", "component", s.in.Name(), "reason", err, "listener", s.lis.now().Name,
			"peer", s.conn.RemoteAddr())
		s.leave("registry-timeout", s.in.Fail(nil, wire.CondResourceConstraint, "The component registry does not answer"))
	default:
		s.enter(names, inst)
		if s.inst == nil { // a reload has reserved one of them meanwhile
			s.local.hub.dropUnclaimed(names)
			return
		}
		s.checkClaims(names, inst.ID)
		s.conn.Resume(holdClaim)
	}
}

// checkClaims: what was ours a moment ago may be another one's by now, who was
// told that we did not have it yet.
func (s *Session) checkClaims(names []string, id uint64) {
	for _, name := range names {
		if _, ok := s.local.hub.cluster.Epoch(name, id); !ok && !s.ended {
			s.leave("replaced", s.in.Fail(nil, wire.CondConflict, replacedText))
		}
		s.local.hub.shareWith(name)
	}
}

// dropUnclaimed ends those whose names were taken away for one who did not stay.
func (h *Hub) dropUnclaimed(names []string) {
	for _, name := range names {
		n := h.Table.Lookup([]byte(name))
		if n == nil {
			continue
		}
		for _, inst := range n.Set().Instances {
			if _, ok := h.cluster.Epoch(name, inst.ID); !ok {
				inst.Receiver.(*Session).retire()
			}
		}
	}
}

// unclaim gives up the names that we have, or are about to have.
func (s *Session) unclaim() {
	if s.slow == nil || len(s.slow.claimed) == 0 {
		return
	}
	if !s.slow.undecided { // else the decision is on its way to us
		s.local.hub.cluster.Release(s.slow.claimed, s.slow.claimant)
	}
	s.slow.claimed = nil
}
