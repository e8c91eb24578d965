// SPDX-License-Identifier: Apache-2.0

package router

import (
	"errors"
	"fmt"
	"strings"

	"weir/internal/cluster/directory"
	"weir/internal/wire"
	"weir/table"
)

// anywhere is the entry of an upstream's domains that stands for every domain no other entry matches.
const anywhere = "*"

// Config is what a Router is made of. Domains are normalised.
type Config struct {
	Modules    []string          // general.routing_modules; nil: DefaultModules
	Hosts      []string          // general.hosts
	AddedHosts []string          // hosts added to general.hosts since the start
	Upstreams  []UpstreamDomains // in the order by which Target.Upstream counts them
	// Elsewhere knows what other nodes serve; nil: there are none.
	Elsewhere *directory.Directory
}

// UpstreamDomains says which domains an XMPP server behind us serves ([[upstream]]).
type UpstreamDomains struct {
	Name    string   // for error texts
	Domains []string // each with all that lies under it; "*": whatever no upstream lists
}

// Router is the routing order over one table. Immutable, safe for concurrent use.
type Router struct {
	table     *table.Table
	elsewhere *directory.Directory
	steps     []step

	// What the steps answer for the domains that are listed, and the places of these domains in it.
	targets   []Target
	hosts     domains
	added     domains
	upstreams domains
	fallback  Target // of "*"; Nowhere without one

	supplant    bool // a component may take a name of Config.Hosts
	supplantNew bool // a component may take a name of Config.AddedHosts
}

// New makes a router. The error names every module, host or upstream domain that is wrong.
func New(c Config, t *table.Table) (*Router, error) {
	modules := c.Modules
	if modules == nil {
		modules = DefaultModules()
	}
	r := &Router{table: t, elsewhere: c.Elsewhere}
	steps, err := stepsOf(modules, c.Elsewhere != nil)
	r.steps = steps
	r.supplant = componentsFirst(modules, localdomain)
	r.supplantNew = r.supplant && componentsFirst(modules, dynamicDomains)
	err = errors.Join(err, r.addUpstreams(c.Upstreams))
	for _, h := range c.Hosts {
		r.addHost(&r.hosts, h)
	}
	for _, h := range c.AddedHosts {
		r.addHost(&r.added, h)
	}
	for domain, i := range r.upstreams.at {
		r.targets[i].Hosted = r.underHost([]byte(domain))
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Router) addUpstreams(all []UpstreamDomains) (err error) {
	listed := map[string]string{} // by which upstream
	for i, u := range all {
		target := Target{Kind: Upstream, Upstream: int32(i)}
		for _, d := range u.Domains {
			if other, twice := listed[d]; twice {
				err = errors.Join(err, fmt.Errorf("domain %q of upstream %q is listed already by %q", d, u.Name, other))
				continue
			}
			listed[d] = u.Name
			switch {
			case d == anywhere:
				r.fallback = target
			case strings.Contains(d, anywhere):
				err = errors.Join(err, fmt.Errorf("domain %q of upstream %q: a domain stands for all under it, \"*\" alone for the rest", d, u.Name))
			default:
				r.answer(&r.upstreams, d, target)
			}
		}
	}
	return err
}

// addHost settles who serves a hosted domain: an upstream that lists this very domain, else our own host service.
func (r *Router) addHost(to *domains, host string) {
	target := Target{Kind: Host, Host: host, Hosted: true}
	if i, ok := r.upstreams.find([]byte(host)); ok {
		target = Target{Kind: Upstream, Upstream: r.targets[i].Upstream, Hosted: true}
	}
	r.answer(to, host, target)
}

func (r *Router) answer(of *domains, domain string, t Target) {
	of.add(domain, len(r.targets))
	r.targets = append(r.targets, t)
}

// Resolve says where a stanza for the domain (normalised) goes. It allocates nothing and keeps nothing of domain.
func (r *Router) Resolve(domain []byte) Target {
	for _, s := range r.steps {
		switch s {
		case stepHosts:
			if i, ok := r.hosts.find(domain); ok {
				return r.targets[i]
			}
		case stepTable:
			if n := r.table.Lookup(domain); n != nil {
				return Target{Kind: Component, Name: n}
			}
		case stepAdded:
			if i, ok := r.added.find(domain); ok {
				return r.targets[i]
			}
		case stepElsewhere:
			if n := r.elsewhere.Lookup(domain); n != nil {
				return Target{Kind: Remote, Remote: n}
			}
		case stepUpstreams:
			if t := r.upstream(domain); t.Kind == Upstream {
				return t
			}
		}
	}
	return Target{Kind: Nowhere, Hosted: r.underHost(domain)}
}

func (r *Router) upstream(domain []byte) Target {
	t := r.fallback
	if i, ok := r.upstreams.above(domain); ok {
		t = r.targets[i]
	}
	if t.Kind == Upstream && !t.Hosted { // what lies under a domain under a host needs no second walk
		t.Hosted = r.underHost(domain)
	}
	return t
}

// underHost says whether the domain is hosted or lies under a hosted one.
func (r *Router) underHost(domain []byte) bool {
	if _, ok := r.hosts.above(domain); ok {
		return true
	}
	_, ok := r.added.above(domain)
	return ok
}

// Bounce is the error for a stanza that cannot be brought where t says: there is nothing, or it has just left. Whether
// a stanza is answered at all (errors and results are not) is the caller's to know.
func (r *Router) Bounce(t Target) wire.StanzaError {
	if t.Kind == Component {
		var room [256]byte // on the stack, for all names that are not absurdly long
		t.Hosted = r.underHost(append(room[:0], t.Name.Text...))
	}
	if t.Kind == Remote && t.Remote != nil {
		var room [256]byte
		t.Hosted = r.underHost(append(room[:0], t.Remote.Text...))
	}
	if t.Hosted {
		return wire.ServiceUnavailable
	}
	return wire.RemoteServerNotFound
}

// Reserved says that no component may register the name: it is a hosted domain, and the order does not ask components
// first. The name of a host must not be taken by a component that no stanza would ever reach.
func (r *Router) Reserved(name string) bool {
	if _, ok := r.hosts.find([]byte(name)); ok && !r.supplant {
		return true
	}
	_, ok := r.added.find([]byte(name))
	return ok && !r.supplantNew
}
