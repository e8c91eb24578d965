// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"weir/internal/router"
	"weir/xmlscan"
)

// Settings are what the configuration says of one server. Immutable.
type Settings struct {
	Name       string
	Address    string // HOST:PORT, or unix:PATH
	Secret     string
	Domains    []string // normalised, "*" for all others
	Components []string // the names that go up, each with all under it; nil: all
	Privileged []string // names that may speak for others there
	Kind       string   // for remedies: "auto", "prosody", …
	Spread     bool     // share the names with the other servers of a domain, in place of standing by

	Linger           time.Duration // how long the links of a component that has left stay
	ParkTime         time.Duration // how long a stanza waits
	ParkBytes        int           // how much may wait, for each name and direction
	ConnectTimeout   time.Duration
	HandshakeTimeout time.Duration // for each of its two steps
	PingInterval     time.Duration // of silence, after which the server is asked for a sign of life
	PingTimeout      time.Duration // to give one
	RetryMax         time.Duration // the longest pause between tries
	ReturnAfter      time.Duration // how long a server must be up before it takes its names back from a standby
	MaxStanza        int           // bytes the server takes
	Limits           xmlscan.Limits
}

// takes says whether a name is to be known to the server.
func (s *Settings) takes(name string) bool { return s.Components == nil || under(name, s.Components) }

// under says whether a name is one of the domains, or lies under one.
func under(name string, domains []string) bool {
	return slices.ContainsFunc(domains, func(d string) bool {
		return name == d || strings.HasSuffix(name, "."+d)
	})
}

// pingTarget is whom to ask for a sign of life: a domain of the server, or
// without one the name itself, whose answer comes back down.
func (s *Settings) pingTarget(name string) string {
	for _, d := range s.Domains {
		if d != "*" {
			return d
		}
	}
	return name
}

// Groups puts together the domains that the same servers list: each group is one
// upstream for the router, by its place. members are indexes into all, in order.
func Groups(all []Settings) (domains []router.UpstreamDomains, members [][]int) {
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
	for _, d := range order {
		g := slices.IndexFunc(members, func(m []int) bool { return slices.Equal(m, listed[d]) })
		if g < 0 {
			g = len(members)
			members = append(members, listed[d])
			domains = append(domains, router.UpstreamDomains{Name: all[listed[d][0]].Name})
		}
		domains[g].Domains = append(domains[g].Domains, d)
	}
	return domains, members
}

// preference orders the servers of a group for one name, the first to be taken
// first: as they are listed, or, if any of them wants the names spread, by a
// rendezvous of the name with each.
func preference(name string, group []int, all []*server) []int {
	order := slices.Clone(group)
	if !slices.ContainsFunc(group, func(i int) bool { return all[i].Spread }) {
		return order
	}
	weight := func(i int) uint64 {
		h := fnv.New64a()
		h.Write([]byte(name + "\x00" + all[i].Name))
		v := h.Sum64()
		v = (v ^ v>>32) * 0x9e3779b97f4a7c15 // FNV's high bits hardly know of the last bytes
		return v ^ v>>29
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if weight(a) > weight(b) {
			return -1
		}
		return 1
	})
	return order
}
