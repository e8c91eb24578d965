// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"
	"slices"

	"weir/internal/stream"
	"weir/internal/wire"
	"weir/table"
)

// awaitPeer gives the peer its time for the next step of the negotiation. What
// it sends without taking that step does not extend it.
func (s *Session) awaitPeer() {
	if s.lis.now().StateTimeout == Infinite {
		return
	}
	l := s.conn.Loop()
	s.timer.Fire = s.late
	l.Arm(&s.timer, l.Now()+s.lis.now().StateTimeout.Nanoseconds())
}

// late: the peer has not taken its step in time.
func (s *Session) late() {
	defer s.conn.Guard()
	if s.in.State() == stream.Established || s.ended {
		return
	}
	s.local.Count.TimedOut++
	s.note("connection-timeout")
	s.leave("connection-timeout", s.in.Fail(nil, wire.CondConnectionTimeout, ""))
}

// register has a component that has proved itself enter the table. From the
// moment others can find it, what they send stands behind our <handshake/>.
func (s *Session) register() {
	if s.lockedOut() {
		return
	}
	h := s.local.hub
	rules := h.Rules()
	names := []string{s.in.Name()}
	if s.acceptor().Subdomain() {
		names = Subdomains(s.in.Name(), rules.Hosts)
	}
	if name := s.unproven(names); name != "" {
		s.impostor(name)
		return
	}
	if len(names) == 0 {
		s.leave("no-hosts", s.in.Fail(nil, wire.CondHostUnknown, "is_subdomain, but no hosts are configured"))
		return
	}
	inst := &table.Instance{ID: h.instances.Add(1), Receiver: s, Hidden: s.lis.now().Hidden}
	if h.cluster == nil {
		s.enter(names, inst)
		return
	}
	if i := slices.IndexFunc(names, rules.Router.Reserved); i >= 0 {
		s.conflict(table.ErrConflict{Name: names[i], Reserved: true})
		return
	}
	s.claim(names, inst)
}

// enter enters a component into the table; in a cluster its names are its own by
// then.
func (s *Session) enter(names []string, inst *table.Instance) {
	h, l := s.local.hub, s.conn.Loop()
	rules := h.Rules()
	s.inst = inst
	var replaced []*table.Instance
	var err error
	unread := 0
	s.local.withTable(func() {
		replaced, err = h.Table.Register(table.Request{
			Names: names, Instance: inst, Policy: s.lis.now().Conflict,
			Gone: func(old *table.Instance) bool {
				n, gone := old.Receiver.(*Session).deserted()
				unread += n
				return gone
			},
			Reserved: rules.Router.Reserved,
			Admitted: func() { s.admitted(names) },
			HandOver: func(old, _ *table.Instance) { s.succeed(old.Receiver.(*Session)) },
			Retire:   func(old *table.Instance) { old.Receiver.(*Session).retire() },
		})
	})
	if err != nil {
		s.inst = nil
		s.conflict(err)
		return
	}
	if u := h.Rules().Upstream; u != nil {
		u.Registered(s, names) // whatever came of it, or the names were awaited for ever
	}
	if s.ended {
		return // it broke while it took over, and has left again
	}
	l.Disarm(&s.timer)
	h.joined.Add(1)
	s.local.Count.Established++
	s.local.Count.Kicked += int64(len(replaced))
	for _, old := range replaced {
		o := old.Receiver.(*Session)
		o.conn.Loop().Post(o.replaced)
	}
	if len(replaced) > 0 && s.lis.now().Conflict != table.KickOld {
		h.Log.Info("component replaces its own connection, which had ended while its shaper held it", "component", s.in.Name(), "unread", unread)
	}
	s.tapStream("connected", "handshake taken")
	h.Log.Info("component connected", "component", s.in.Name(), "subdomain", s.acceptor().Subdomain(),
		"listener", s.lis.now().Name, "peer", s.conn.RemoteAddr())
}

// admitted queues what a component reads first. It runs inside the table's
// critical section: nothing that is routed to it can come before.
func (s *Session) admitted(names []string) {
	s.say(s.acceptor().Establish(nil))
	if u := s.local.hub.Rules().Upstream; u != nil {
		u.Admit(s, names)
	}
}

// conflict refuses a name that cannot be had.
func (s *Session) conflict(err error) {
	s.local.Count.Conflicts++
	s.told = true
	s.note("conflict")
	var c table.ErrConflict
	if !errors.As(err, &c) {
		panic("session: the table refused a registration: " + err.Error())
	}
	s.local.hub.Log.Warn("component refused: its name is taken", "component", s.in.Name(), "name", c.Name,
		"reserved", c.Reserved, "listener", s.lis.now().Name, "peer", s.conn.RemoteAddr())
	s.leave("conflict", s.in.Fail(nil, wire.CondConflict, ""))
}

// replacedText is what a component reads whose place another one has taken.
const replacedText = "Replaced by new connection"

// kickWords are what a component is told whose place another one has taken.
func kickWords() []byte {
	b := wire.AppendStreamError(nil, wire.CondConflict, replacedText)
	return append(b, wire.Trailer...)
}

// succeed takes over from old: its name, and what still waits for it. It runs
// inside the table's critical section, on our loop; old may live on another.
func (s *Session) succeed(old *Session) {
	s.local.Count.AnswersLost += int64(old.conn.HandOver(s.conn.Loop(), s.conn, kickWords()))
}

// deserted says that the peer has gone, and that only the shaper keeps us from
// coming to know it; unread is what it has sent and will not be read if another one
// takes our place. It runs inside the table's critical section, on any loop.
func (s *Session) deserted() (unread int, yes bool) {
	if !s.waits.Load() {
		return 0, false
	}
	return s.conn.HungUp()
}

// retire ends a replaced session that had more names than its successor takes.
// It runs inside the table's critical section, on any loop.
func (s *Session) retire() {
	s.conn.Loop().Post(func() {
		defer s.conn.Guard()
		s.Dismiss("replaced", wire.CondConflict, replacedText)
	})
}
