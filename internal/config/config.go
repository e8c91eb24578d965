// SPDX-License-Identifier: Apache-2.0

package config

// Config is a whole configuration, checked. It is immutable: a reload makes
// another one.
type Config struct {
	File string // where it was read; empty for the built-in default

	General   General
	Engine    Engine
	Shapers   []Shaper // by name
	Classes   []Class  // [acl], by name
	Rules     []Rule   // [access], by name
	Disco     Disco
	Listeners []Listener // at least one
	Upstreams []Upstream
	Admin     Admin
	Cluster   Cluster

	// Notes name what the file says without effect, each once, for the log.
	Notes []string
}

// section is a table of the file: what heads it, and its fields.
type section struct {
	header string // [general], [[listen.component]]
	keys   string // what Keys puts before the fields' names: general
	id     string // tells it from others of the same header
	fields []field

	alone bool // it says something without any field
}

// sections are all tables of c in the order in which they are printed. The
// fields are bound to c.
func (c *Config) sections() []section {
	all := []section{c.General.section(), c.Engine.section()}
	for i := range c.Shapers {
		all = append(all, c.Shapers[i].section())
	}
	all = append(all, aclSection(c.Classes), accessSection(c.Rules), c.Disco.section())
	for i := range c.Listeners {
		all = append(all, c.Listeners[i].sections()...)
	}
	for i := range c.Upstreams {
		all = append(all, c.Upstreams[i].sections()...)
	}
	return append(all, c.Admin.section(), c.Cluster.section())
}
