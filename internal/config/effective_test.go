// SPDX-License-Identifier: Apache-2.0

package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

// full uses every section, with values that are not the defaults where there
// is a choice.
const full = `
[general]
hosts = ["Example.COM", "münchen.example"]
loglevel = "notice"
routing_modules = ["mongoose_router_external_localnode", "ejabberd_s2s"]
[engine]
driver = "epoll"
loops = 3
queue_low_bytes = 100_000
pause_lease = "150ms"
stall_timeout = "1m30s"
drain_window = "1h"
[shaper."two words"]
max_rate = 7
[acl]
"two words" = [{user = "Paul", server_regexp = '^a\.b$'}, {}]
nobody = []
[access]
component = [{acl = "two words", value = "allow"}, {acl = "all", value = "deny"}]
others = [{acl = "all", value = 10}]
[modules.mod_disco]
users_can_see_hidden_services = false
[[listen.component]]
port = 5275
ip_version = 6
password = "one\"two"
passwords = ["three", "four"]
max_connections = 100
state_timeout = "infinity"
max_stanza_size = "infinity"
shaper = "two words"
access = "component"
conflict_behaviour = "balance"
proxy_protocol = true
trusted_proxies = ["10.0.0.1"]
allow = ["192.0.2.0/24", "2001:db8::1"]
deny = ["192.0.2.7"]
max_auth_failures = 3
[listen.component.tls]
certfile = "testdata/cert.pem"
keyfile = "testdata/key.pem"
password = "five"
versions = ["tlsv1.3"]
crl_files = ["testdata/cert.pem"]
session_tickets = "stateless"
certificates = [{certfile = "testdata/cert.pem", keyfile = "testdata/key.pem"}]
identity = "certificate"
[[listen.component]]
port = 5276
ip_address = "127.0.0.1"
password_file = "testdata/key.pem"
[[upstream]]
name = "prosody"
address = "[::1]:5347"
secret = "six"
domains = ["example.com", "*"]
components = ["bot.example.com"]
privileged = ["pubsub.bot.example.com"]
linger = "20s"
[upstream.tls]
cacertfile = "testdata/cert.pem"
server_name = "s.example"
certfile = "testdata/cert.pem"
keyfile = "testdata/key.pem"
password = "eight"
versions = ["tlsv1.3"]
[admin]
address = "127.0.0.1:9090"
socket = "admin.sock"
token = "seven"
[cluster]
mode = "none"
node = "q7x2mzc3ab"
scope = "cluster"
takeover = "strict"
partition = "serve-local"
name = "edge"
listen = "127.0.0.1:5281"
advertise = "127.0.0.1:5282"
peers = ["127.0.0.1:5281"]
store_dir = "state"
servers = ["nats://127.0.0.1:4222"]
credentials_file = "testdata/key.pem"
bucket = "EDGE"
existing_bucket = true
replicas = 3
certfile = "testdata/cert.pem"
keyfile = "testdata/key.pem"
cacertfile = "testdata/cert.pem"
lease_ttl = "20s"
lease_refresh = "4s"
lease_margin = "3s"
registry_timeout = "10s"
`

func TestEffectiveReadsBackAsTheSame(t *testing.T) {
	c := good(t, full)
	text := c.Effective()
	again := good(t, text)
	if d := cmp.Diff(text, again.Effective()); d != "" {
		t.Errorf("(-first +second):\n%s", d)
	}
	want := []string{ // and nothing but the secrets
		"[[listen.component]] [::]:5275: password: changed",
		"[[listen.component]] [::]:5275: passwords: changed",
		"[listen.component.tls] [::]:5275: password: changed",
		"[[upstream]] prosody: secret: changed",
		"[upstream.tls] prosody: password: changed",
		"[admin]: token: changed",
	}
	if d := cmp.Diff(want, Diff(c, again)); d != "" {
		t.Errorf("what changed on the way (-want +got):\n%s", d)
	}
	for _, secret := range []string{`one\"two`, "three", "four", "five", "six", "seven"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows in:\n%s", secret, text)
		}
	}
}

func TestEffectiveHoldsEveryKey(t *testing.T) {
	var doc map[string]any
	if _, err := toml.Decode(good(t, full).Effective(), &doc); err != nil {
		t.Fatal(err)
	}
	// These stay away where they are not set.
	optional := []string{
		"acl.NAME.", "access.NAME.", "listen.component.passwords_file", "listen.component.tls.password_file",
		"listen.component.tls.cacertfile", "listen.component.tls.ciphers", "upstream.secret_file", "upstream.tls.password_file", "upstream.tls.ciphers", "admin.token_file",
		"listen.component.num_acceptors", "listen.component.hibernate_after", // no effect
	}
	for _, key := range Keys() {
		if !slices.ContainsFunc(optional, func(o string) bool { return strings.HasPrefix(key, o) }) && !find(doc, strings.Split(key, ".")) {
			t.Errorf("%s is missing", key)
		}
	}
}

// find looks for a key path in any table of an array, any name for NAME.
func find(v any, keys []string) bool {
	if len(keys) == 0 {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		for k, below := range v {
			if (k == keys[0] || keys[0] == "NAME") && find(below, keys[1:]) {
				return true
			}
		}
	case []map[string]any:
		return slices.ContainsFunc(v, func(m map[string]any) bool { return find(m, keys) })
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return find(e, keys) })
	}
	return false
}

func TestEffectiveDefaults(t *testing.T) {
	got := good(t, "[[listen.component]]\nport = 8888\npassword = 'x'\n").Effective()
	want := `[general]
  hosts = []
  loglevel = "info"
  routing_modules = [` + modules + `]

[engine]
  driver = "auto"
  loops = 0
  queue_low_bytes = 262144
  queue_high_bytes = 1048576
  queue_hard_bytes = 8388608
  source_share_bytes = 16384
  pause_lease = "200ms"
  stall_timeout = "10s"
  answer_reserve_bytes = 65536
  answer_rate = 1000
  answer_bytes_rate = 1000000
  outbox_budget_bytes = 268435456
  input_budget_bytes = 67108864
  drain_window = "0s"
  max_header_bytes = 8192
  max_depth = 64
  max_attributes = 64
  max_elements = 32768
  max_name_bytes = 256
  max_namespaces = 64
  max_namespace_bytes = 4096

[modules.mod_disco]
  users_can_see_hidden_services = true

[[listen.component]]
  port = 8888
  ip_address = "0.0.0.0"
  ip_version = 4
  proto = "tcp"
  backlog = 1024
  reuse_port = false
  accept_balance = "least"
  max_connections = "infinity"
  proxy_protocol = false
  state_timeout = 5000
  password = "***"
  access = "all"
  shaper = "none"
  check_from = true
  hidden_components = false
  conflict_behaviour = "disconnect"
  while_away = "service-unavailable"
  max_stanza_size = 524288
  max_connections_per_address = "infinity"
  accept_rate = "infinity"
  accept_rate_per_address = "infinity"
  max_auth_failures = "infinity"
  auth_failure_window = "1m"
  auth_lockout = "5m"

[cluster]
  mode = "none"
  scope = "node"
  takeover = "fast"
  partition = "fence"
  name = "weir"
  bucket = "WEIR"
  existing_bucket = false
  replicas = 1
  lease_ttl = "30s"
  lease_refresh = "5s"
  lease_margin = "2s"
  registry_timeout = "15s"
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
