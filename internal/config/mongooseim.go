// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

// What a MongooseIM file may say that means nothing here. It is accepted, so
// that a file can be pasted, and noted, so that nobody relies on it.

const (
	noEffect  = "is MongooseIM's and has no effect here"
	modDisco  = "mod_disco"
	modPrefix = "mod_"
)

// renamed are keys by the names that MongooseIM once had for them.
var renamed = map[string]string{"service": "component", "shaper_rule": "shaper"}

func sectionsWithoutEffect() []string {
	return []string{
		"auth", "host_config", "instrumentation", "internal_databases", "outgoing_pools", "s2s", "services",
	}
}

func listenersWithoutEffect() []string { return []string{"c2s", "s2s", "http"} }

// generalWithoutEffect holds the keys of several years: files live long.
func generalWithoutEffect() []string {
	return []string{
		"all_metrics_are_global", "component_backend", "default_server_domain", "domain_certfile",
		"hide_service_name", "host_types", "http_server_name", "language", "max_fsm_queue",
		"mongooseimctl_access_commands", "override", "pgsql_users_number_estimate", "rdbms_server_type",
		"registration_timeout", "replaced_wait_timeout", "route_subdomains", "s2s_backend", "sm_backend",
	}
}

func discoWithoutEffect() []string { return []string{"extra_domains", "iqdisc", "server_info", "urls"} }

func noteAll(b *block, keys []string) {
	for _, key := range keys {
		if b.has(key) {
			b.src.note(b.path.with(key), noEffect)
		}
	}
}

// noteModules names all of [modules] but ours in one note: there are dozens.
// What is no module, or is ours mistyped, is a mistake.
func noteModules(b *block) {
	var others []string
	for _, key := range b.keys() {
		switch {
		case key == modDisco:
		case distance(key, modDisco) <= 2: // MongooseIM has no module so near
			b.fail(key, "is not a module; did you mean %s?", modDisco)
		case !strings.HasPrefix(key, modPrefix):
			b.fail(key, "is not a module, allowed: names that begin with %s", modPrefix)
		default:
			others = append(others, key)
		}
	}
	if len(others) > 0 {
		b.src.note(b.path, "other than "+modDisco+" are MongooseIM's and have no effect here: "+strings.Join(others, ", "))
	}
}
