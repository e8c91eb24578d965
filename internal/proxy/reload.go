// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"slices"

	"weir/internal/config"
)

// Reload makes the proxy follow another configuration. Streams stay: those of a
// listener that is gone end when their components leave. What a listener asks
// for each stanza holds at once, what it asks at the start of a stream for those
// who come. Keys that need a restart keep their old value. If something cannot
// be opened nothing changes.
func (p *Proxy) Reload(c *config.Config) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, err := p.rules(c)
	if err != nil {
		return err
	}
	doors, err := p.rearrange(c)
	if err != nil {
		return err
	}
	before := p.hub.Rules().Hosts
	p.upstreams.Change(servers(c))
	p.setRules(r)
	p.upstreams.Settle()
	p.hub.AddHosts(added(before, c.General.Hosts))
	p.hub.SetLimits(streamLimits(&c.Engine))
	p.engine.SetPatience(c.Engine.QueueLow, c.Engine.StallTimeout)
	for i := range c.Listeners {
		p.set(doors[i], c, &c.Listeners[i])
	}
	for _, d := range p.doors {
		if !slices.Contains(doors, d) {
			d.shut()
		}
	}
	p.cfg, p.doors = c, doors
	return nil
}

// added are the hosts that were not there before.
func added(before, now []string) []string {
	var out []string
	for _, h := range now {
		if !slices.Contains(before, h) {
			out = append(out, h)
		}
	}
	return out
}
