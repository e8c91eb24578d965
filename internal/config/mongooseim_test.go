// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/table"
)

// The cases of MongooseIM's config_parser_SUITE that concern component
// listeners, shapers, acl, access and general, each under its own name: what
// it accepts, and every input it refuses with the line we tell.

const block3 = "[[listen.component]]\nport = 8888\npassword = 'secret'\n" // a key added to it stands in line 4

func component(keys ...string) string { return block3 + strings.Join(keys, "\n") + "\n" }

func TestMongooseIMListenComponent(t *testing.T) {
	rules := "\n[access]\nrule1 = [{acl = 'all', value = 'deny'}]\n[shaper.fast]\nmax_rate = 50000\n"
	one := func(keys ...string) Listener { return good(t, component(keys...)+rules).Listeners[0] }

	l := one()
	if l.Addr.String() != "0.0.0.0:8888" || len(l.Passwords) != 1 || string(l.Passwords[0]) != "secret" ||
		!l.Access.All() || l.Shaper != 0 || !l.CheckFrom || l.Hidden || l.Conflict != table.Disconnect ||
		l.StateTimeout != 5*time.Second || l.MaxConnections != 0 || l.Backlog != 1024 || l.ReusePort || l.ProxyProtocol || l.TLS != nil {
		t.Errorf("defaults: %+v", l)
	}
	if l := one("access = 'rule1'"); l.Access.Name != "rule1" {
		t.Errorf("access: %+v", l.Access)
	}
	if l := one("access = 'all'"); !l.Access.All() {
		t.Errorf("access: %+v", l.Access)
	}
	if l := one("access = 'none'"); l.Access.All() {
		t.Errorf("access: %+v", l.Access)
	}
	if l := one("shaper = 'fast'"); l.Shaper != 50000 {
		t.Errorf("shaper: %d", l.Shaper)
	}
	if l := one("shaper = 'none'"); l.Shaper != 0 {
		t.Errorf("shaper: %d", l.Shaper)
	}
	if l := one("check_from = false"); l.CheckFrom {
		t.Error("check_from")
	}
	if l := one("hidden_components = true"); !l.Hidden {
		t.Error("hidden_components")
	}
	if l := one("conflict_behaviour = 'kick_old'"); l.Conflict != table.KickOld {
		t.Error("conflict_behaviour")
	}
	if l := one("conflict_behaviour = 'balance'"); l.Conflict != table.Balance {
		t.Error("conflict_behaviour")
	}
}

func TestMongooseIMTestListen(t *testing.T) {
	for _, c := range []struct{ keys, want string }{
		{"", "0.0.0.0:8888"},
		{"ip_address = '192.168.1.16'", "192.168.1.16:8888"},
		{"ip_address = '0'", "0.0.0.0:8888"},
		{"ip_address = '2001:db8:3:4:5:6:7:8'", "[2001:db8:3:4:5:6:7:8]:8888"},
		{"ip_version = 4", "0.0.0.0:8888"},
		{"ip_version = 6", "[::]:8888"},
		{"ip_version = 6\nip_address = '::1'", "[::1]:8888"},
		{"proto = 'tcp'", "0.0.0.0:8888"},
	} {
		if l := good(t, component(c.keys)).Listeners[0]; l.Addr.String() != c.want || l.Name != c.want {
			t.Errorf("%s: %s, %s", c.keys, l.Addr, l.Name)
		}
	}
	for _, port := range []string{"0", "65535"} {
		if l := good(t, "[[listen.component]]\nport = "+port+"\npassword = 'x'\n").Listeners[0]; l.Name != "0.0.0.0:"+port {
			t.Errorf("port %s: %s", port, l.Name)
		}
	}
}

func TestMongooseIMTestListenXMPP(t *testing.T) {
	one := func(keys ...string) Listener { return good(t, component(keys...)).Listeners[0] }
	for name, ok := range map[string]bool{
		"backlog":                   one("backlog = 10").Backlog == 10,
		"backlog 0":                 one("backlog = 0").Backlog == 0,
		"proxy_protocol":            one("proxy_protocol = true").ProxyProtocol,
		"hibernate_after":           len(good(t, component("hibernate_after = 10")).Notes) == 1,
		"hibernate_after infinity":  len(good(t, component("hibernate_after = 'infinity'")).Notes) == 1,
		"max_stanza_size":           one("max_stanza_size = 10000").MaxStanzaSize == 10000,
		"max_stanza_size infinity":  one("max_stanza_size = 'infinity'").MaxStanzaSize == Unlimited,
		"max_stanza_size default":   one().MaxStanzaSize == 512*1024,
		"num_acceptors":             len(good(t, component("num_acceptors = 100")).Notes) == 1,
		"max_connections":           one("max_connections = 1000").MaxConnections == 1000,
		"max_connections infinity":  one("max_connections = 'infinity'").MaxConnections == 0,
		"reuse_port":                one("reuse_port = true").ReusePort,
		"accept_balance":            one("reuse_port = true\naccept_balance = 'kernel'").AcceptBalance == BalanceKernel,
		"state_timeout":             one("state_timeout = 10_000").StateTimeout == 10*time.Second,
		"state_timeout 0":           one("state_timeout = 0").StateTimeout == 0,
		"state_timeout infinity":    one("state_timeout = 'infinity'").StateTimeout == Infinity,
		"all numbers at their ends": one("state_timeout = 1", "max_connections = 1", "max_stanza_size = 1").MaxStanzaSize == 1,
	} {
		if !ok {
			t.Error(name)
		}
	}
}

func TestMongooseIMErrors(t *testing.T) {
	const line = "4: listen.component."
	for _, m := range []mistake{
		// listen_component
		{"state_timeout", component("state_timeout = -10"), []string{line + `state_timeout: is -10, allowed: a non-negative integer, in milliseconds, or "infinity"`}},
		{"state_timeout as a duration", component("state_timeout = '5s'"), []string{
			line + `state_timeout: is "5s", allowed: a non-negative integer, in milliseconds, or "infinity"; did you mean 5000?`}},
		{"access", component("access = ''"), []string{line + `access: is "", allowed: the name of a rule in [access], "all", "none"`}},
		{"check_from", component("check_from = 1"), []string{line + `check_from: is 1, allowed: true or false, without quotes`}},
		{"hidden_components", component("hidden_components = 'yes'"), []string{line + `hidden_components: is "yes", allowed: true or false, without quotes`}},
		{"conflict_behaviour", component("conflict_behaviour = 'kill_server'"), []string{
			line + `conflict_behaviour: is "kill_server", allowed: "disconnect", "kick_old", "balance"`}},
		{"password empty", "[[listen.component]]\nport = 8888\npassword = ''\n", []string{
			`3: listen.component.password: is an empty string, allowed: a string that is not empty`}},
		{"password absent", "[[listen.component]]\nport = 8888\n", []string{
			`1: listen.component.password: is missing, needed: password, passwords, password_file or passwords_file`}},

		// test_listen
		{"port as a string", "[[listen.component]]\nport = '5222'\npassword = 'x'\n", []string{
			`2: listen.component.port: is "5222", allowed: an integer from 0 to 65535; write it without quotes`}},
		{"port 522222", "[[listen.component]]\nport = 522222\npassword = 'x'\n", []string{
			`2: listen.component.port: is 522222, allowed: an integer from 0 to 65535`}},
		{"port absent", "\n[[listen.component]]\npassword = 'x'\n", []string{
			`2: listen.component.port: is missing, needed: an integer from 0 to 65535 (8888 is usual)`}},
		{"ip_address", component("ip_address = '192.168.1.999'"), []string{
			line + `ip_address: is "192.168.1.999", allowed: an IPv4 or IPv6 address`}},
		{"ip_address empty", component("ip_address = ''"), []string{line + `ip_address: is "", allowed: an IPv4 or IPv6 address`}},
		{"ip_address by name", component("ip_address = 'localhost'"), []string{
			line + `ip_address: is "localhost", allowed: an IPv4 or IPv6 address`}},
		{"ip_version", component("ip_version = 7"), []string{line + `ip_version: is 7, allowed: 4, 6`}},
		{"ip_version 5", component("ip_version = 5"), []string{line + `ip_version: is 5, allowed: 4, 6`}},
		{"ip_version against ip_address", component("ip_version = 6", "ip_address = '127.0.0.1'"), []string{
			line + `ip_version: is 6 but ip_address is 127.0.0.1, allowed: 4, or leave it out`}},
		{"proto", component("proto = 'udp'"), []string{line + `proto: is "udp", allowed: "tcp"`}},

		// test_listen_xmpp
		{"hibernate_after", component("hibernate_after = -10"), []string{
			line + `hibernate_after: is -10, allowed: a non-negative integer, in milliseconds, or "infinity"`}},
		{"backlog", component("backlog = -10"), []string{line + `backlog: is -10, allowed: an integer from 0 to 2147483647`}},
		{"max_connections", component("max_connections = 0"), []string{line + `max_connections: is 0, allowed: a positive integer, or "infinity"`}},
		{"num_acceptors", component("num_acceptors = 0"), []string{line + `num_acceptors: is 0, allowed: a positive integer`}},
		{"reuse_port", component("reuse_port = 0"), []string{line + `reuse_port: is 0, allowed: true or false, without quotes`}},
		{"accept_balance", component("accept_balance = 'hash'"), []string{line + `accept_balance: is "hash", allowed: "least", "kernel"`}},
		{"accept_balance with one socket", component("accept_balance = 'kernel'"), []string{
			line + `accept_balance: is "kernel" without reuse_port = true, allowed: "least", or a socket for each loop for the kernel to choose from`}},
		{"proxy_protocol", component("proxy_protocol = 'awesome'"), []string{
			line + `proxy_protocol: is "awesome", allowed: true or false, without quotes`}},
		{"max_stanza_size", component("max_stanza_size = 'unlimited'"), []string{
			line + `max_stanza_size: is "unlimited", allowed: a positive integer, in bytes, or "infinity"`}},
		{"shaper empty", component("shaper = ''"), []string{line + `shaper: is "", allowed: the name of a [shaper.NAME], "none"`}},
		{"undefined_shapers", component("shaper = 'fas'", "[shaper.fast]", "max_rate = 1"), []string{
			line + `shaper: is "fas", which is not defined: there is no [shaper.fas]; did you mean fast?`}},

		// listen_duplicate
		{"listen_duplicate", component("ip_address = '0'", "[[listen.component]]", "port = 8888", "password = 'x'"), []string{
			`6: listen.component.port: listens on 0.0.0.0:8888, which the listener in line 1 does already, allowed: each address and port once`}},

		// listen_component_tls, test_just_tls_xmpp; without the certificate, which would be two lines more in each
		{"verify_mode", tlsBlock("verify_mode = 'whatever'"), []string{
			`7: listen.component.tls.verify_mode: is "whatever", allowed: "peer", "selfsigned_peer", "none"`}},
		{"ciphers as list", tlsBlock("ciphers = ['TLS_AES_256_GCM_SHA384']"), []string{
			`7: listen.component.tls.ciphers: is an array, allowed: a string of cipher names with colons between`}},
		{"versions as string", tlsBlock("versions = 'tlsv1.2'"), []string{
			`7: listen.component.tls.versions: is "tlsv1.2", allowed: an array of TLS versions`}},
		{"password false", tlsBlock("password = false"), []string{
			`7: listen.component.tls.password: is a boolean, allowed: a string that is not empty`}},
		{"keep_secrets string", tlsBlock("keep_secrets = 'yes'"), []string{
			`7: listen.component.tls.keep_secrets: is "yes", allowed: true or false, without quotes`}},
		{"missing cacertfile", tlsBlock("cacertfile = 'testdata/no.pem'"), []string{
			`7: listen.component.tls.cacertfile: is "testdata/no.pem": no such file or directory`}},
		{"missing crl_files", tlsBlock("crl_files = ['testdata/cert.pem', 'testdata/no.pem']"), []string{
			`7: listen.component.tls.crl_files: holds "testdata/no.pem": no such file or directory`}},
		{"tls_certfile_without_keyfile", component("[listen.component.tls]", "certfile = 'testdata/cert.pem'"), []string{
			`4: listen.component.tls.keyfile: is missing, needed: certfile and keyfile both`}},
		{"missing certfile", component("[listen.component.tls]", "certfile = 'testdata/no.pem'", "keyfile = 'testdata/key.pem'"), []string{
			`5: listen.component.tls.certfile: is "testdata/no.pem": no such file or directory`}},
		{"missing keyfile", component("[listen.component.tls]", "certfile = 'testdata/cert.pem'", "keyfile = 'testdata/no.pem'"), []string{
			`6: listen.component.tls.keyfile: is "testdata/no.pem": no such file or directory`}},

		// shaper
		{"max_rate infinity", "[shaper.fast]\nmax_rate = 'infinity'\n", []string{
			`2: shaper.fast.max_rate: is "infinity", allowed: a positive integer, in bytes per second`}},
		{"max_rate absent", "[shaper.fast]\n", []string{
			`1: shaper.fast.max_rate: is missing, needed: a positive integer, in bytes per second`}},

		// acl
		{"match lit", "[acl]\nlocal = [{match = 'lit'}]\n", []string{
			`2: acl.local.match: is "lit", allowed: "all", "none", "any_hosted_domain", "current_domain"`}},
		{"server_blog", "[acl]\nlocal = [{server_blog = 'bloghost'}]\n", []string{
			`2: acl.local.server_blog: is not a key of [acl.local]; did you mean server_glob?`}},
		{"user @@@", "[acl]\nlocal = [{user = '@@@'}]\n", []string{
			`2: acl.local.user: is "@@@", allowed: the part of an address before the @`}},
		{"acl not a list", "[acl]\nlocal = 'lit'\n", []string{
			`2: acl.local: is a string, allowed: an array of tables, written [[acl.local]]`}},

		// access
		{"clause without value", "[access]\nc2s = [{acl = 'all'}]\n", []string{
			`2: access.c2s.value: is missing, needed: "allow" or "deny"`}},
		{"clause without acl", "[access]\nmax_user_sessions = [{value = 10}]\n", []string{
			`2: access.max_user_sessions.acl: is missing, needed: the name of an acl`}},
		{"acl as a number", "[access]\nmax_user_sessions = [{acl = 10, value = 10}]\n", []string{
			`2: access.max_user_sessions.acl: is 10, allowed: the name of an acl`}},

		// hosts, routing_modules, loglevel
		{"hosts not unique", "general.hosts = ['a.example', 'A.example']\n", []string{
			`1: general.hosts: holds "a.example" twice, allowed: each once`}},
		{"hosts empty name", "general.hosts = ['']\n", []string{`1: general.hosts: holds "", allowed: domain names`}},
		{"hosts not a list", "general.hosts = 'a'\n", []string{`1: general.hosts: is "a", allowed: an array of domain names`}},
		{"loglevel", "general.loglevel = 'bebug'\n", []string{
			`1: general.loglevel: is "bebug", allowed: "none", "emergency", "alert", "critical", "error", "warning", "notice", "info", "debug", "all"; did you mean debug?`}},
		{"routing_modules", "[general]\nrouting_modules = [\n'mongoose_router_global',\n'mongoose_router_externl',\n'moongoose_router_unknown']\n", []string{
			`4: general.routing_modules: holds "mongoose_router_externl", allowed: ` + modules + `; did you mean mongoose_router_external?`,
			`5: general.routing_modules: holds "moongoose_router_unknown", allowed: ` + modules}},
	} {
		t.Run(m.name, func(t *testing.T) { m.run(t, everything) })
	}
}

const modules = `"mongoose_router_global", "mongoose_router_localdomain", "mongoose_router_external_localnode", ` +
	`"mongoose_router_external", "mongoose_router_dynamic_domains", "ejabberd_s2s"`

// tlsBlock is a listener with TLS; a key added to it stands in line 7.
func tlsBlock(keys ...string) string {
	return component("[listen.component.tls]", "certfile = 'testdata/cert.pem'", "keyfile = 'testdata/key.pem'", strings.Join(keys, "\n"))
}

// access and acl_merge of the suite: rules for others may hold what they like,
// and what host_config adds has no say over components there either.
func TestMongooseIMRulesOfOthersAreAccepted(t *testing.T) {
	c := good(t, `
[acl]
local = [{}]
blocked = [{user = "hacker"}, {server_glob = "*.spam"}]
[access]
c2s = [{acl = "blocked", value = "deny"}, {acl = "all", value = "allow"}]
max_user_sessions = [{acl = "all", value = 10}]
c2s_shaper = [{acl = "admin", value = "none"}, {acl = "all", value = "normal"}]
[[host_config]]
host = "h"
access.c2s = [{acl = "all", value = "deny"}]
`+listener)
	want := `access.max_user_sessions`
	if len(c.Rules) != 3 || c.Rules[2].Name != "max_user_sessions" || c.Rules[2].Clauses[0].Value != int64(10) {
		t.Errorf("%s: %+v", want, c.Rules)
	}
}

func TestRulesAListenerNames(t *testing.T) {
	for _, m := range []mistake{
		{"undefined class", "[access]\nr = [{acl = 'all', value = 'allow'},\n{acl = 'locl', value = 'deny'}]\n[acl]\nlocal = []\n" + component("access = 'r'"), []string{
			`3: access.r.acl: is "locl", which is not defined: there is no such class in [acl]; did you mean local?`}},
		{"a value for others", "[access]\nr = [{acl = 'all', value = 'alow'}, {acl = 'all', value = 10}]\n" + component("access = 'r'"), []string{
			`2: access.r.value: is "alow", allowed in a rule that a component listener names: "allow", "deny"; did you mean allow?`,
			`2: access.r.value: is 10, allowed in a rule that a component listener names: "allow", "deny"`}},
		{"told once for two listeners", "[access]\nr = [{acl = 'x', value = 'allow'}]\n" + component("access = 'r'") + "[[listen.component]]\nport = 1\npassword = 'x'\naccess = 'r'\n", []string{
			`2: access.r.acl: is "x", which is not defined: there is no such class in [acl]`}},
		{"undefined rule", "[access]\ncomponents = []\n" + component("access = 'component'"), []string{
			`6: listen.component.access: is "component", which is not defined: there is no such rule in [access]; did you mean components?`}},
		{"built-in names", "[access]\nall = []\n[acl]\nnone = []\n[shaper.none]\nmax_rate = 1\n", []string{
			`2: access.all: is built in, allowed: another name`,
			`4: acl.none: is built in, allowed: another name`,
			`5: shaper.none: is built in and means no shaper, allowed: another name`}},
		{"a condition that is no string", "acl.x = [{user = 7}]\n", []string{`1: acl.x.user: is 7, allowed: a string`}},
		{"a clause's value of a wrong kind", "access.x = [{acl = 'all', value = true}]\n", []string{
			`1: access.x.value: is true, allowed: "allow", "deny"`}},
	} {
		t.Run(m.name, func(t *testing.T) { m.run(t, everything) })
	}
}

func TestMongooseIMFileIsAcceptedWithNotes(t *testing.T) {
	c := good(t, `
[general]
  loglevel = "warning"
  hosts = ["localhost", "anonymous.localhost"]
  default_server_domain = "localhost"
  language = "en"
  registration_timeout = "infinity"
[internal_databases.cets]
[[listen.c2s]]
  port = 5222
[[listen.http]]
  port = 8888
  [[listen.http.handlers.mod_bosh]]
    host = "_"
[[listen.component]]
  port = 8888
  access = "all"
  shaper = "fast"
  ip_address = "127.0.0.1"
  password = "secret"
  num_acceptors = 10
  hibernate_after = 0
[[listen.component]]
  port = 8666
  password = "secret"
  conflict_behaviour = "kick_old"
  num_acceptors = 10
[[listen.s2s]]
  port = 5269
[auth]
  methods = ["internal"]
[outgoing_pools.rdbms.default]
  scope = "global"
[services.service_admin_extra]
[modules.mod_adhoc]
[modules.mod_disco]
  users_can_see_hidden_services = false
  iqdisc.type = "one_queue"
[modules.mod_roster]
[shaper.normal]
  max_rate = 1000
[shaper.fast]
  max_rate = 50_000
[acl]
  local = [{}]
[access]
  max_user_sessions = [{acl = "all", value = 10}]
[s2s]
  default_policy = "allow"
[instrumentation.prometheus]
[[host_config]]
  host = "anonymous.localhost"
`)
	want := []string{
		"auth is MongooseIM's and has no effect here",
		"host_config is MongooseIM's and has no effect here",
		"instrumentation is MongooseIM's and has no effect here",
		"internal_databases is MongooseIM's and has no effect here",
		"outgoing_pools is MongooseIM's and has no effect here",
		"s2s is MongooseIM's and has no effect here",
		"services is MongooseIM's and has no effect here",
		"general.default_server_domain is MongooseIM's and has no effect here",
		"general.language is MongooseIM's and has no effect here",
		"general.registration_timeout is MongooseIM's and has no effect here",
		"modules other than mod_disco are MongooseIM's and have no effect here: mod_adhoc, mod_roster",
		"modules.mod_disco.iqdisc is MongooseIM's and has no effect here",
		"listen.c2s is MongooseIM's and has no effect here",
		"listen.s2s is MongooseIM's and has no effect here",
		"listen.http is MongooseIM's and has no effect here",
		"listen.component.num_acceptors has no effect: event loops need neither acceptors nor hibernation",
		"listen.component.hibernate_after has no effect: event loops need neither acceptors nor hibernation",
	}
	if d := cmp.Diff(want, c.Notes); d != "" {
		t.Errorf("notes (-want +got):\n%s", d)
	}
	if len(c.Listeners) != 2 || c.Listeners[0].Shaper != 50000 || c.Disco.UsersSeeHidden {
		t.Errorf("%+v", c)
	}
}
