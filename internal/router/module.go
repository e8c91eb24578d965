// SPDX-License-Identifier: Apache-2.0

package router

import (
	"fmt"
	"slices"
)

// The names that general.routing_modules may hold.
const (
	global            = "mongoose_router_global"
	localdomain       = "mongoose_router_localdomain"
	externalLocalnode = "mongoose_router_external_localnode"
	external          = "mongoose_router_external"
	dynamicDomains    = "mongoose_router_dynamic_domains"
	s2s               = "ejabberd_s2s"
)

// DefaultModules is the order without general.routing_modules: MongooseIM's default, which names every module.
func DefaultModules() []string {
	return []string{global, localdomain, externalLocalnode, external, dynamicDomains, s2s}
}

// step is what a module comes to when a stanza is routed.
type step uint8

const (
	stepHosts     step = iota // localdomain
	stepTable                 // external_localnode
	stepAdded                 // dynamic_domains
	stepUpstreams             // ejabberd_s2s
	stepElsewhere             // external, in a cluster
)

// stepsOf makes steps of modules; clustered says that there are other nodes. A module may come to no step: see the
// package comment.
func stepsOf(modules []string, clustered bool) ([]step, error) {
	var steps []step
	for i, m := range modules {
		if slices.Contains(modules[:i], m) {
			return nil, fmt.Errorf("routing module %q is listed twice", m)
		}
		switch m {
		case global:
		case external:
			if clustered && slices.Contains(modules[i:], externalLocalnode) {
				// What is looked up here is remembered as long as it is here, whatever other nodes have.
				return nil, fmt.Errorf("%s stands before %s: in a cluster the components of a stanza's own node come first", external, externalLocalnode)
			}
			if clustered {
				steps = append(steps, stepElsewhere)
			}
		case localdomain:
			steps = append(steps, stepHosts)
		case externalLocalnode:
			steps = append(steps, stepTable)
		case dynamicDomains:
			steps = append(steps, stepAdded)
		case s2s:
			steps = append(steps, stepUpstreams)
		default:
			return nil, fmt.Errorf("unknown routing module %q, allowed are %q", m, DefaultModules())
		}
	}
	return steps, nil
}

// componentsFirst says whether components are asked before the module: external_localnode is listed, and where the
// module is listed too, no external router comes after it. Were one of the two behind it, then in a cluster the nodes
// that have an instance of the component and those that have none would disagree about whose the domain is.
func componentsFirst(modules []string, module string) bool {
	at := slices.Index(modules, module)
	return slices.Contains(modules, externalLocalnode) &&
		(at < 0 || slices.Index(modules, externalLocalnode) < at && slices.Index(modules, external) < at)
}
