// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"slices"
	"time"

	"weir/internal/config"
	"weir/internal/flow"
	"weir/internal/host"
	"weir/internal/router"
	"weir/internal/session"
)

// settings are what a listener's block says, with the limits of [engine].
func settings(c *config.Config, l *config.Listener, d *door) *session.Settings {
	s := &session.Settings{
		Name:         l.Name,
		StateTimeout: l.StateTimeout,
		Access:       l.Access,
		Shaper:       l.Shaper,
		Warden:       d.warden(l),
		CheckFrom:    l.CheckFrom,
		Hidden:       l.Hidden,
		Conflict:     l.Conflict,
		Limits:       limits(c, l.MaxStanzaSize),
		Absence:      absence(l),
		AwaitAll:     l.WhileAway == config.AwayPark,
	}
	if l.StateTimeout == config.Infinity {
		s.StateTimeout = session.Infinite
	}
	s.Identity = l.TLS != nil && l.TLS.Identity == config.IdentityCertificate
	for _, p := range l.Passwords {
		s.Passwords = append(s.Passwords, string(p))
	}
	return s
}

// streamLimits are what [engine] says of all streams.
func streamLimits(e *config.Engine) *session.Limits {
	return &session.Limits{
		Marks: flow.Marks{
			Low:    e.QueueLow,
			High:   e.QueueHigh,
			Hard:   e.QueueHard,
			Share:  e.SourceShare,
			Lease:  e.PauseLease,
			Budget: int64(e.OutboxBudget),
		},
		Answers:     session.AnswerLimits{Reserve: e.AnswerReserve, Rate: e.AnswerRate, BytesRate: e.AnswerBytesRate},
		InputBudget: int64(e.InputBudget),
	}
}

// rules are the routing order and the host service of a configuration. Of its
// hosts, some were there when weir started; the others are served where the order
// has its module for hosts added at run time.
func (p *Proxy) rules(c *config.Config) (*session.Rules, error) {
	var from, later []string
	for _, h := range c.General.Hosts {
		if slices.Contains(p.hosts, h) {
			from = append(from, h)
		} else {
			later = append(later, h)
		}
	}
	domains, _ := p.groups.Of(servers(c))
	r, err := router.New(router.Config{Modules: c.General.RoutingModules, Hosts: from, AddedHosts: later, Upstreams: domains, Elsewhere: p.elsewhere}, p.hub.Table)
	if err != nil {
		return nil, err
	}
	return &session.Rules{
		Router: r,
		Hosts:  c.General.Hosts,
		Host: &host.Service{
			Version:        p.version,
			UsersSeeHidden: c.Disco.UsersSeeHidden,
			Items:          p.items,
		},
	}, nil
}

// What no configuration says: a peer that was told goodbye has so long to take
// what waits for it, and so long to end its side (behaviour, sections 1 and 8).
const (
	drainTimeout  = 10 * time.Second
	lingerTimeout = 2 * time.Second
)
