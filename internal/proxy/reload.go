// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
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
	opened, err := p.openNew(c)
	if err != nil {
		return err
	}
	before := p.hub.Rules().Hosts
	p.upstreams.Change(servers(c))
	p.setRules(r)
	p.upstreams.Settle()
	p.hub.AddHosts(added(before, c.General.Hosts))
	var doors []*door
	for i := range c.Listeners {
		l := &c.Listeners[i]
		d := p.doorAt(l)
		if d == nil {
			d, opened = opened[0], opened[1:]
		} else {
			d.lis.Set(settings(c, l))
			next := p.entranceOf(l)
			next.header = d.entrance.Load().header // needs a restart
			d.entrance.Store(next)
			d.limit.Set(l.MaxConnections)
		}
		doors = append(doors, d)
	}
	for _, d := range p.doors {
		if !slices.Contains(doors, d) {
			d.listen.Close()
		}
	}
	p.cfg, p.doors = c, doors
	return nil
}

// doorAt is the open door for a listener's address, nil without one.
func (p *Proxy) doorAt(l *config.Listener) *door {
	for _, d := range p.doors {
		if d.addr == l.Addr {
			return d
		}
	}
	return nil
}

// openNew opens the doors that c has and we have not, in order.
func (p *Proxy) openNew(c *config.Config) (opened []*door, err error) {
	for i := range c.Listeners {
		if p.doorAt(&c.Listeners[i]) != nil {
			continue
		}
		d, openErr := p.open(c, &c.Listeners[i])
		if openErr != nil {
			err = errors.Join(err, openErr)
			continue
		}
		opened = append(opened, d)
	}
	if err != nil {
		for _, d := range opened {
			d.listen.Close()
		}
		return nil, err
	}
	return opened, nil
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
