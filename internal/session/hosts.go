// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"

	"weir/engine"
	"weir/table"
)

// Subdomains are the names of a component that asked for is_subdomain: its
// prefix under every hosted domain.
func Subdomains(prefix string, hosts []string) []string {
	names := make([]string, 0, len(hosts))
	for _, host := range hosts {
		names = append(names, prefix+"."+host)
	}
	return names
}

// AddHosts gives the components that asked for is_subdomain their name under
// further hosts. One whose name is taken there keeps those it has.
func (h *Hub) AddHosts(hosts []string) {
	if len(hosts) == 0 {
		return
	}
	h.engine.Conns(func(c *engine.Conn) {
		c.Loop().Post(func() {
			defer c.Guard()
			if s, ok := c.Handler().(*Session); ok { // else its stream has not begun
				s.addHosts(hosts)
			}
		})
	})
}

func (s *Session) addHosts(hosts []string) {
	if s.inst == nil || s.ended || !s.acceptor().Subdomain() {
		return
	}
	h, names := s.local.hub, Subdomains(s.in.Name(), hosts)
	if name := s.unproven(names); name != "" {
		h.Log.Warn("a component's certificate is not for its names under the new hosts", "component", s.in.Name(), "name", name)
		return
	}
	if h.cluster != nil {
		s.claimHosts(names)
		return
	}
	s.addNames(names)
}

// addNames enters a component under further names.
func (s *Session) addNames(names []string) {
	h := s.local.hub
	var err error
	u, admitted := h.Rules().Upstream, func() {}
	if u != nil {
		admitted = func() { u.Admit(s, names) } // not before: what waits there may be another's
		defer u.Registered(s, names)
	}
	defer h.joined.Add(1)
	s.local.withTable(func() { err = h.Table.AddNames(s.inst, names, h.Rules().Router.Reserved, admitted) })
	if err != nil && !errors.Is(err, table.ErrLeft) {
		h.Log.Warn("a component cannot have its names under the new hosts", "component", s.in.Name(), "error", err)
	}
}

// claimHosts asks for further names of a component that has some.
func (s *Session) claimHosts(names []string) {
	l, inst, set := s.conn.Loop(), s.inst, s.lis.now()
	cl := s.local.hub.cluster
	cl.Claim(Claim{Names: names, ID: inst.ID, Policy: set.Conflict, Hidden: set.Hidden}, func(err error) {
		l.Post(func() {
			defer s.conn.Guard()
			switch {
			case err != nil:
				s.local.hub.Log.Warn("a component cannot have its names under the new hosts", "component", s.in.Name(), "error", err)
			case s.ended || s.inst != inst:
				cl.Release(names, inst.ID)
			default:
				s.slow.claimed = append(s.slow.claimed, names...)
				s.addNames(names)
				for _, name := range names {
					s.local.hub.shareWith(name)
				}
			}
		})
	})
}
