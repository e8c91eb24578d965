// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"
	"time"

	"weir/engine"
	"weir/internal/flow"
	"weir/internal/shaper"
	"weir/internal/stream"
	"weir/table"
)

// State is all that a session needs, beside its connection's state, to go on in
// another process.
type State struct {
	Link     bool // to a server
	Machine  []byte
	Holds    engine.Reason
	Wait     time.Duration // what is left of the negotiation's time, or of the lease; 0: no limit
	Instance uint64        // 0: it serves nothing
	Hidden   bool
	Balance  bool

	Bound                      bool
	Proven                     []string
	Shape, Answers, AnswerData shaper.State
	RateWait                   time.Duration

	Leases   []uint32 // the connections that hold it
	Behind   bool     // it does not take what is sent to it
	Standing flow.Standing
	Silent   time.Duration // of a link: since the server was last heard
}

// State is the session's state; false if it is ending. The loops are frozen.
func (s *Session) State() (State, bool) {
	if s.ended || s.last {
		return State{}, false
	}
	now := s.conn.Loop().Now()
	st := State{Holds: s.conn.Held(), Wait: s.timer.Left(now)}
	if u := s.uplink(); u != nil {
		if u.State() != stream.Established || u.polite {
			return State{}, false
		}
		st.Link, st.Machine, st.Silent = true, u.AppendState(nil), time.Duration(now-u.heard)
	} else {
		st.Machine = s.acceptor().AppendState(nil)
	}
	if i := s.inst; i != nil {
		st.Instance, st.Hidden, st.Balance = i.ID, i.Hidden, i.Balance
	}
	if w := s.slow; w != nil {
		st.Bound, st.Proven = w.bound, w.proven
		st.Shape, st.Answers, st.AnswerData = w.shape.State(now), w.answers.State(now), w.bytes.State(now)
		st.RateWait = w.rateTimer.Left(now)
		for _, dest := range w.lease.By() {
			st.Leases = append(st.Leases, dest.ID())
		}
	}
	s.conn.WithGate(func(g engine.Gate) { st.Behind, st.Standing = true, g.(*gate).Standing() })
	return st, true
}

// Restore makes the session of a component's connection that was inherited.
// Rejoin follows when all are there.
func (h *Hub) Restore(c *engine.Conn, lis *Listener, st *State) (*Session, error) {
	d := &downstream{Session: Session{conn: c, local: localOf(c), lis: lis}}
	s := &d.Session
	s.in = &d.acceptor
	if err := d.acceptor.Restore(&lis.now().accept[c.Loop().ID()], st.Machine); err != nil {
		return nil, err
	}
	if st.Instance != 0 {
		s.inst = &table.Instance{ID: st.Instance, Receiver: s, Hidden: st.Hidden, Balance: st.Balance}
	}
	if st.Bound || st.Shape.Rate > 0 || st.Answers.Rate > 0 {
		now, w := c.Loop().Now(), s.slowed()
		w.bound, w.proven = st.Bound, st.Proven
		w.shape, w.answers, w.bytes = st.Shape.Bucket(now), st.Answers.Bucket(now), st.AnswerData.Bucket(now)
	}
	return s, nil
}

// errNoLink is returned for a state that is not that of a link at work.
var errNoLink = errors.New("session: not the state of a link that is up")

// RestoreLink is Restore for a link to a server.
func (h *Hub) RestoreLink(c *engine.Conn, srv *Server, st *State, owner Owner) (*Session, error) {
	u := &uplink{owner: owner, most: srv.most, heard: c.Loop().Now() - st.Silent.Nanoseconds()}
	if err := u.Initiator.Restore(&srv.configs[c.Loop().ID()], st.Machine); err != nil {
		return nil, err
	}
	if u.State() != stream.Established {
		return nil, errNoLink
	}
	s := &Session{conn: c, local: localOf(c), lis: srv.lis, in: u}
	if st.Answers.Rate > 0 {
		now := c.Loop().Now()
		s.slowed().answers, s.slow.bytes = st.Answers.Bucket(now), st.AnswerData.Bucket(now)
	}
	return s, nil
}

// Rejoin takes up what a restored session has to do with others, and its holds. The
// loops are frozen.
func (s *Session) Rejoin(f *engine.Frozen, st *State) {
	l := s.conn.Loop()
	if st.Behind {
		f.Congest(s.conn).(*gate).Stand(st.Standing)
		if st.Holds&holdAnswers != 0 {
			s.conn.Hold(holdAnswers)
		}
	}
	if s.slow != nil && s.slow.shape.Shaped() {
		s.bite()
	}
	if st.Holds&holdRate != 0 && st.RateWait > 0 {
		s.holdUntil(holdRate, &s.slowed().rateTimer, l.Now()+st.RateWait.Nanoseconds())
	}
	if st.Wait > 0 {
		s.rearm(st)
	}
	s.keepInput(true)
}

// rearm sets the timer of the lease, or of the negotiation, to what was left of it.
func (s *Session) rearm(st *State) {
	s.timer.Fire = s.late
	if s.in.State() == stream.Established {
		for _, id := range st.Leases {
			if dest := s.local.hub.engine.Conn(id); dest != nil {
				s.slowed().lease.Take(dest)
			}
		}
		if s.slow == nil || len(s.slow.lease.By()) == 0 {
			return
		}
		s.timer.Fire = s.leaseOver
		s.conn.Hold(holdLease)
	}
	l := s.conn.Loop()
	l.Arm(&s.timer, l.Now()+st.Wait.Nanoseconds())
}

// Depart forgets a session that goes on elsewhere: it neither says nor hears
// anything any more, and nobody finds it here. The loops are frozen.
func (s *Session) Depart() {
	s.ended = true
	s.conn.Loop().Disarm(&s.timer)
	s.dropHolds()
	s.forgetInput()
	if s.inst != nil {
		s.local.hub.Table.Unregister(s.inst)
	}
	s.in.Close()
	s.from, s.to, s.slow = sender{}, target{}, nil
}

// LastInstance is the last instance ID given; SetLastInstance has the next ones
// follow it.
func (h *Hub) LastInstance() uint64      { return h.instances.Load() }
func (h *Hub) SetLastInstance(id uint64) { h.instances.Store(id) }
