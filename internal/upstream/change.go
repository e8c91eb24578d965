// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"slices"

	"weir/internal/session"
	"weir/table"
)

// plan is which servers there are. Immutable.
type plan struct {
	servers []*server
	groups  [][]*server // by the router's upstreams; nil: one that is no more
}

// knows says whether any server is to know a name.
func (p *plan) knows(name string) bool {
	return slices.ContainsFunc(p.servers, func(s *server) bool { return s.now().takes(name) })
}

// Change has the manager follow other settings: a server of the same name is the
// same one. Components that no server has known so far are told to those that are
// to know them now. Then routers with the old numbers and with the new ones work,
// until Settle ends what the old ones led to. Change and Settle are called by one
// goroutine at a time.
func (m *Manager) Change(all []Settings) {
	m.mu.Lock()
	m.plan = m.newPlan(all)
	for _, n := range m.names {
		n.mu.Lock()
		n.shape(m.plan)
		n.mu.Unlock()
	}
	m.mu.Unlock()
	m.Hub.Table.Settle() // who was admitted by the plan before can be found by now
	m.Hub.Table.Each(func(served *table.Name) bool {
		if m.find([]byte(served.Text)) == nil {
			m.meet(served)
		}
		return true
	})
}

// newPlan makes a plan of settings and the servers that are there. The manager is
// locked.
func (m *Manager) newPlan(all []Settings) *plan {
	p := new(plan)
	for i := range all {
		at := slices.IndexFunc(m.plan.servers, func(s *server) bool { return s.name == all[i].Name })
		if at < 0 {
			p.servers = append(p.servers, m.newServer(&all[i]))
			continue
		}
		m.plan.servers[at].follow(&all[i])
		p.servers = append(p.servers, m.plan.servers[at])
	}
	_, members := m.Grouping.Of(all)
	for _, group := range members {
		var servers []*server
		for _, i := range group {
			servers = append(servers, p.servers[i])
		}
		p.groups = append(p.groups, servers)
	}
	return p
}

// Settle ends what no router leads to any more.
func (m *Manager) Settle() {
	for _, n := range m.all() {
		n.loop.Post(n.settle)
	}
}

// meet is for a component that came before any server was to know it.
func (m *Manager) meet(served *table.Name) {
	one := served.Pick(nil)
	if one == nil {
		return // it has just left
	}
	s, ok := one.Receiver.(*session.Session)
	if !ok {
		return
	}
	n := m.admit(s, served.Text)
	if n == nil {
		return
	}
	n.mu.Lock()
	n.heed(s.Settings())
	n.mu.Unlock()
	n.registered(s)
}

// shape has the name follow a plan: which servers are to know it, and where its
// ways lead. What that ends goes on until settle. The name is locked.
func (n *name) shape(p *plan) {
	n.linger, n.parkTime, n.parkBytes = 0, 0, 0
	for _, s := range p.servers {
		set := s.now()
		if !set.takes(n.text) {
			continue
		}
		if n.link(s) == nil {
			n.links = append(n.links, &link{n: n, srv: s})
		}
		n.linger, n.parkTime, n.parkBytes = max(n.linger, set.Linger), max(n.parkTime, set.ParkTime), max(n.parkBytes, set.ParkBytes)
	}
	n.links = slices.DeleteFunc(n.links, func(l *link) bool {
		stays := slices.Contains(p.servers, l.srv) && l.srv.now().takes(n.text)
		if !stays {
			l.wanted = false
			n.outgoing = append(n.outgoing, l)
		}
		return !stays
	})
	n.shapeWays(p)
	for _, l := range n.links {
		l.shape()
	}
}

func (n *name) shapeWays(p *plan) {
	ways := slices.Grow(slices.Clone(n.allWays()), len(p.groups))
	for g, group := range p.groups {
		if g == len(ways) {
			ways = append(ways, nil)
		}
		if ways[g] == nil && slices.ContainsFunc(group, func(s *server) bool { return n.link(s) != nil }) {
			ways[g] = n.newWay()
		}
		if ways[g] != nil {
			ways[g].shape(group)
		}
	}
	n.ways.Store(&ways)
}

// link is the name's link to a server; nil if that is not to know it. The name is
// locked.
func (n *name) link(s *server) *link {
	for _, l := range n.links {
		if l.srv == s {
			return l
		}
	}
	return nil
}

// shape has a link be opened if its component is there, and forgives it what came
// of another way to connect. The name is locked.
func (l *link) shape() {
	if l.outdated() {
		l.failed.Store(0)
		l.refused = ""
	}
	if l.wanted || l.n.present() {
		l.want()
	}
}

// settle takes up what a change has brought. It runs on the name's loop.
func (n *name) settle() {
	n.mu.Lock()
	if n.gone {
		n.mu.Unlock()
		return
	}
	ending := n.outgoing
	n.outgoing = nil
	for _, l := range n.links {
		if l.state == up && l.outdated() {
			ending = append(ending, l)
		}
	}
	unknown := len(n.links) == 0
	n.mu.Unlock()
	for _, w := range n.allWays() {
		if w != nil {
			w.settle()
		}
	}
	n.forgetWays()
	for _, l := range ending {
		l.close()
	}
	n.cross()
	if unknown {
		n.dropUnknown()
	}
}

// forgetWays gives up the ways that lead nowhere.
func (n *name) forgetWays() {
	n.mu.Lock()
	defer n.mu.Unlock()
	ways := slices.Clone(n.allWays())
	for g, w := range ways {
		if w != nil && len(w.links) == 0 {
			ways[g] = nil
		}
	}
	n.ways.Store(&ways)
}

// dropUnknown ends a name that no server is to know any more.
func (n *name) dropUnknown() {
	m := n.m
	m.mu.Lock()
	n.mu.Lock()
	if !n.gone && len(n.links) == 0 && len(n.admitting) == 0 {
		n.drop()
	} else {
		n.mu.Unlock()
	}
	m.mu.Unlock()
}
