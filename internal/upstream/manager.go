// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"weir/engine"
	"weir/internal/session"
	"weir/internal/wire"
)

// Config is what a Manager is made with.
type Config struct {
	Hub        *session.Hub
	Log        *slog.Logger
	Locals     []*session.Local // by loop
	Grouping   *Grouping        // the one that routers are made with
	Servers    []Settings       // the first ones, see Change
	Handshakes *engine.Handshakes
	Dial       dialer // nil: the network
}

// Manager keeps the links. It implements session.Upstream and is safe for
// concurrent use.
type Manager struct {
	Config
	ctx  context.Context
	stop context.CancelFunc

	lingering atomic.Int64 // names whose component has left
	parked    atomic.Int64 // bytes of all that waits, in the queues of names and ways

	mu    sync.RWMutex
	plan  *plan
	names map[string]*name
}

var _ session.Upstream = (*Manager)(nil)

// New makes a manager for loops that run already, or will.
func New(c Config) *Manager {
	if c.Dial == nil {
		c.Dial = dial
	}
	m := &Manager{Config: c, plan: new(plan), names: map[string]*name{}}
	m.ctx, m.stop = context.WithCancel(context.Background())
	m.Change(c.Servers)
	return m
}

// Stop opens no link any more. Those that are up are their connections' owner's to
// end (session.Session.Shutdown).
func (m *Manager) Stop() { m.stop() }

// room is how many bytes more may wait. What waits here counts against the memory of
// all queues with what waits for peers that are there: park_bytes is a name's, and
// there may be thousands. Loops that ask at the same time may pass it by one stanza
// each.
func (m *Manager) room() int64 {
	return m.Hub.Limits().Marks.Budget - engine.OutboxBytes() - m.parked.Load()
}

// fits says whether there is room for a stanza.
func (m *Manager) fits(u session.Unit) bool { return int64((&held{Unit: u}).cost()) <= m.room() }

// find is a name that components serve here or have served of late.
func (m *Manager) find(domain []byte) *name {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.names[string(domain)]
}

// Way implements session.Upstream.
func (m *Manager) Way(name string, upstream int32) *session.Way {
	m.mu.RLock()
	n := m.names[name]
	m.mu.RUnlock()
	if n == nil {
		return nil
	}
	w := n.way(upstream)
	if w == nil {
		return nil
	}
	n.uses.Add(1)
	return &w.Way
}

// Group implements session.Upstream.
func (m *Manager) Group(upstream int32) (names []string) {
	m.mu.RLock()
	groups := m.plan.groups
	m.mu.RUnlock()
	if int(upstream) >= len(groups) {
		return nil
	}
	for _, s := range groups[upstream] {
		names = append(names, s.name)
	}
	return names
}

// Knows implements session.Upstream.
func (m *Manager) Knows(name string) bool { return m.find([]byte(name)) != nil }

// Awaits implements session.Upstream.
func (m *Manager) Awaits(domain []byte) bool {
	if m.lingering.Load() == 0 {
		return false
	}
	n := m.find(domain)
	return n != nil && n.lingers.Load()
}

// Absence implements session.Upstream.
func (m *Manager) Absence(domain []byte) wire.StanzaError {
	if n := m.find(domain); n != nil {
		if e := n.absence.Load(); e != nil {
			return *e
		}
	}
	return wire.ServiceUnavailable
}

// Admit implements session.Upstream.
func (m *Manager) Admit(s *session.Session, names []string) {
	for _, text := range names {
		if n := m.admit(s, text); n != nil {
			n.welcome(s)
		}
	}
}

// admit finds or makes a name, and notes that somebody is about to serve it. It
// is nil for one that no server is to know.
func (m *Manager) admit(s *session.Session, text string) *name {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.names[text]
	if n == nil {
		if n = m.newName(text, s.Conn().Loop()); n == nil {
			return nil
		}
		m.names[text] = n
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.admitting = append(n.admitting, s)
	n.stay()
	n.regard()
	return n
}

// Registered implements session.Upstream.
func (m *Manager) Registered(s *session.Session, names []string) {
	for _, text := range names {
		if n := m.find([]byte(text)); n != nil {
			n.registered(s)
		}
	}
}

// Left implements session.Upstream.
func (m *Manager) Left(_ *session.Session, names []string) {
	if names == nil {
		for _, n := range m.all() {
			n.left()
		}
		return
	}
	for _, text := range names {
		if n := m.find([]byte(text)); n != nil {
			n.left()
		}
	}
}

// all are the names there are now.
func (m *Manager) all() []*name {
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := make([]*name, 0, len(m.names))
	for _, n := range m.names {
		all = append(all, n)
	}
	return all
}

// Park implements session.Upstream.
func (m *Manager) Park(lo *session.Local, domain string, left *session.Session, u session.Unit) session.Parking {
	n := m.find([]byte(domain))
	if n == nil {
		if m.Hub.Table.Lookup([]byte(domain)) != nil {
			return session.Present
		}
		if m.Hub.ServedAway(domain) {
			return session.Elsewhere
		}
		return session.Nobody
	}
	return n.park(lo, left, u)
}

// Keep implements session.Upstream.
func (m *Manager) Keep(lo *session.Local, domain string, units []session.Unit) bool {
	n := m.find([]byte(domain))
	return n != nil && n.keep(lo, units)
}
