// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"
)

// LinkStatus is how one link stands.
type LinkStatus struct {
	Component, Upstream string
	State               string    // idle, waiting, opening, up, closing; elsewhere: another node holds it
	Taken               bool      // it is the one that stanzas take
	Since               time.Time // when it came up; zero if it is not
	HeldBy              string    // the node that holds the link, if that is another one
	Refused             string    // the condition of the server's last refusal
	Problem             string    // why the server could not be reached at the last try; empty for a link that is up
	ParkedUp            int       // stanzas that wait for a server, over all of the component's
	ParkedDown          int       // stanzas that wait for the component
}

// serverCount counts what became of the links to one server. The server's owner
// and its links add to it from anywhere.
type serverCount struct{ opened, broken, refused, failed, faulted atomic.Int64 }

// ServerStatus is how one server has behaved. Counts are since the start.
type ServerStatus struct {
	Upstream string
	Opened   int64 // links that came up, again or for the first time
	Broken   int64 // links that were up and ended though they were wanted
	Refused  int64 // links that the server has refused
	Failed   int64 // tries that came to nothing because the server was not to be had
	Faulted  int64 // of Broken, those that we have ended for what the server sent
}

// Servers is how the servers have behaved, in the order of the configuration.
func (m *Manager) Servers() []ServerStatus {
	m.mu.RLock()
	servers := m.plan.servers
	m.mu.RUnlock()
	var all []ServerStatus
	for _, s := range servers {
		all = append(all, ServerStatus{
			s.name, s.count.opened.Load(), s.count.broken.Load(), s.count.refused.Load(), s.count.failed.Load(), s.count.faulted.Load(),
		})
	}
	return all
}

// Oldest is for how long the stanza has waited that waits longest, for a server or
// for a component that is away; 0 if none does.
func (m *Manager) Oldest() (age time.Duration) {
	for _, n := range m.all() {
		n.mu.Lock()
		age = max(age, n.down.age())
		for _, w := range n.allWays() {
			if w != nil {
				age = max(age, w.up.age())
			}
		}
		n.mu.Unlock()
	}
	return age
}

// ParkedBytes is the memory of all that waits for a server or for a component.
func (m *Manager) ParkedBytes() int64 { return m.parked.Load() }

// Status is how all links stand, by component and upstream.
func (m *Manager) Status() []LinkStatus {
	var all []LinkStatus
	for _, n := range m.all() {
		all = n.appendStatus(all)
	}
	slices.SortFunc(all, func(a, b LinkStatus) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(a.Upstream, b.Upstream))
	})
	return all
}

func (n *name) appendStatus(all []LinkStatus) []LinkStatus {
	n.mu.Lock()
	defer n.mu.Unlock()
	parked := 0
	for _, w := range n.allWays() {
		if w != nil {
			parked += len(w.up.units)
		}
	}
	for _, l := range n.links {
		s := LinkStatus{Component: n.text, Upstream: l.srv.name, State: l.state.String(), Refused: l.refused,
			ParkedUp: parked, ParkedDown: len(n.down.units)}
		if n.holds.by != nil {
			s.HeldBy = string(n.holds.by.Node)
			if l.state == idle {
				s.State = "elsewhere"
			}
		}
		if l.state == up {
			s.Since = l.since
		} else {
			s.Problem = l.srv.lastProblem()
		}
		s.Taken = slices.ContainsFunc(n.allWays(), func(w *way) bool { return w != nil && l.sess != nil && w.Link() == l.sess })
		all = append(all, s)
	}
	return all
}
