// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"strings"

	"weir/internal/acl"
)

// Effective is the configuration as TOML with every default written out and
// every secret as ***. Read again it means the same, but for the secrets.
func (c *Config) Effective() string {
	var b strings.Builder
	for _, s := range c.sections() {
		var lines []string
		for _, f := range s.fields {
			if v := f.show(); v != "" {
				lines = append(lines, "  "+quoteKey(f.name)+" = "+v+"\n")
			}
		}
		if len(lines) == 0 && !s.alone {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s\n%s", s.header, strings.Join(lines, ""))
	}
	return b.String()
}

// Keys are all keys a file may hold with an effect, in the order of Effective.
// NAME stands for a name the user gives.
func Keys() []string {
	c := Config{
		Shapers:   []Shaper{{}},
		Listeners: []Listener{{TLS: &TLS{}}},
		Upstreams: []Upstream{defaultUpstream()},
	}
	c.Upstreams[0].TLS = new(UpstreamTLS)
	var keys []string
	for _, s := range c.sections() {
		fields := names(s.fields)
		switch s.keys {
		case "acl":
			s.keys, fields = "acl.NAME", acl.Conditions()
		case "access":
			s.keys, fields = "access.NAME", []string{"acl", "value"}
		}
		for _, f := range fields {
			keys = append(keys, s.keys+"."+f)
		}
	}
	return keys
}
