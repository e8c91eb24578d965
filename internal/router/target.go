// SPDX-License-Identifier: Apache-2.0

package router

import (
	"weir/internal/cluster/directory"
	"weir/table"
)

// Kind says which field of a Target holds.
type Kind uint8

const (
	Nowhere   Kind = iota // no step knows the domain: bounce
	Host                  // our own service answers for Target.Host
	Component             // Target.Name serves it
	Upstream              // Config.Upstreams[Target.Upstream] serves it
	Remote                // Target.Remote: components on other nodes serve it
)

func (k Kind) String() string {
	switch k {
	case Nowhere:
		return "nowhere"
	case Host:
		return "host"
	case Component:
		return "component"
	case Upstream:
		return "upstream"
	case Remote:
		return "remote"
	}
	return "unknown"
}

// Target is where a stanza for one domain goes. A value of 40 bytes; comparable.
type Target struct {
	Name     *table.Name     // of Component; it may go at any moment (Name.Gone)
	Remote   *directory.Name // of Remote; likewise
	Host     string          // of Host: the hosted domain itself, as in Config
	Upstream int32           // of Upstream: its place in Config.Upstreams
	Kind     Kind
	// Hosted says that the domain is a hosted one or lies under one. Not filled in for Component, which is on the hot
	// path; Bounce finds it out.
	Hosted bool
}
