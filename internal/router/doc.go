// SPDX-License-Identifier: Apache-2.0

// Package router says where a stanza for a domain goes.
//
// The rule is general.routing_modules: an ordered list with MongooseIM's names, made into a short slice of steps when
// the configuration is read. The first step that knows the domain decides; a module that is not listed does not act.
//
//	router.go   Config, Router: New, Resolve, Bounce, Reserved
//	module.go   the modules' names and what step each stands for
//	target.go   Target: where it goes
//	domains.go  a set of domains: the same one, or the closest one above it
//	cache.go    Cache: one loop's memory of components it has resolved
//
// What the modules do here:
//
//	mongoose_router_global              nothing is left to do: size and form were judged before a stanza gets here
//	mongoose_router_localdomain         general.hosts: the upstream that lists the domain, else our own host service
//	mongoose_router_external_localnode  the components in the table
//	mongoose_router_external            components of other nodes of a cluster; a node alone has none
//	mongoose_router_dynamic_domains     as localdomain, for hosts added since the start
//	ejabberd_s2s                        the upstream whose domains match best, "*" last
//
// A Router is immutable and safe for concurrent use, and so is the Target it gives; a reload makes another Router.
// A Cache is owned by its loop. Domains come normalised (internal/jid) everywhere.
//
// # Not here
//
// Access rules, the loop from an upstream back to itself (who resolves knows where the stanza came from), sending,
// and what a bounce looks like on the wire.
package router
