// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"cmp"
	"slices"
	"time"
)

// LinkStatus is how one link stands.
type LinkStatus struct {
	Component, Upstream string
	State               string    // idle, waiting, opening, up, closing
	Taken               bool      // it is the one that stanzas take
	Since               time.Time // when it came up; zero if it is not
	Refused             string    // the condition of the server's last refusal
	ParkedUp            int       // stanzas that wait for a server, over all of the component's
	ParkedDown          int       // stanzas that wait for the component
}

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
		if l == nil {
			continue
		}
		s := LinkStatus{Component: n.text, Upstream: l.srv.name, State: l.state.String(), Refused: l.refused,
			ParkedUp: parked, ParkedDown: len(n.down.units)}
		if l.state == up {
			s.Since = l.since
		}
		s.Taken = slices.ContainsFunc(n.allWays(), func(w *way) bool { return w != nil && l.sess != nil && w.Link() == l.sess })
		all = append(all, s)
	}
	return all
}
