// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"hash/fnv"
	"slices"
	"strings"

	"weir/internal/router"
)

// Grouping numbers groups of servers: those that list the same domains are one
// upstream for the router. A group keeps its number for as long as weir runs, since
// what was looked up before a reload may be used just after it. Not safe for
// concurrent use.
type Grouping struct {
	known []string // groups by their number
}

// Of puts together the domains that the same servers list. Both results go by
// number; the members of a group that is no more are nil, else indexes into all, in
// order.
func (g *Grouping) Of(all []Settings) (domains []router.UpstreamDomains, members [][]int) {
	listed := map[string][]int{}
	var order []string
	for i := range all {
		for _, d := range all[i].Domains {
			if listed[d] == nil {
				order = append(order, d)
			}
			listed[d] = append(listed[d], i)
		}
	}
	domains, members = make([]router.UpstreamDomains, len(g.known)), make([][]int, len(g.known))
	for _, d := range order {
		n := g.number(all, listed[d])
		if n == len(domains) {
			domains, members = append(domains, router.UpstreamDomains{}), append(members, nil)
		}
		domains[n].Name, members[n] = all[listed[d][0]].Name, listed[d]
		domains[n].Domains = append(domains[n].Domains, d)
	}
	return domains, members
}

// number is that of a group; the next one is that of a new one.
func (g *Grouping) number(all []Settings, group []int) int {
	var names []string
	for _, i := range group {
		names = append(names, all[i].Name)
	}
	key := strings.Join(names, "\x00")
	n := slices.Index(g.known, key)
	if n < 0 {
		n = len(g.known)
		g.known = append(g.known, key)
	}
	return n
}

// preference orders the servers of a group for one name, the first to be taken
// first: as they are listed, or, if any of them wants the names spread, by a
// rendezvous of the name with each.
func preference(name string, group []*server) []*server {
	order := slices.Clone(group)
	if !slices.ContainsFunc(group, func(s *server) bool { return s.now().Spread }) {
		return order
	}
	weight := func(s *server) uint64 {
		h := fnv.New64a()
		h.Write([]byte(name + "\x00" + s.name))
		v := h.Sum64()
		v = (v ^ v>>32) * 0x9e3779b97f4a7c15 // FNV's high bits hardly know of the last bytes
		return v ^ v>>29
	}
	slices.SortStableFunc(order, func(a, b *server) int {
		if weight(a) > weight(b) {
			return -1
		}
		return 1
	})
	return order
}
