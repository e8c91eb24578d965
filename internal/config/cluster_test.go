// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"
	"testing"
)

func TestClusterMistakes(t *testing.T) {
	const embedded = "[cluster]\nmode = 'embedded'\nnode = 'aaaaaaaaaa'\nlisten = '127.0.0.1:1'\npeers = ['127.0.0.1:1']\n"
	const component = "[[listen.component]]\nport = 8888\npassword = 'x'\n"
	for _, m := range []mistake{
		{"a node's name", "[cluster]\nnode = 'Node-1'\n", []string{`2: cluster.node: is "Node-1", allowed: ten characters, each a to z or 2 to 7`}},
		{"embedded needs", "[cluster]\nmode = 'embedded'\n", []string{
			`1: cluster.node: is missing, needed for mode = "embedded": node, listen, peers`,
			`1: cluster.listen: is missing, needed for mode = "embedded": node, listen, peers`,
			`1: cluster.peers: is missing, needed for mode = "embedded": node, listen, peers`}},
		{"nats needs", "[cluster]\nmode = 'nats'\n", []string{`1: cluster.servers: is missing, needed for mode = "nats": servers`}},
		{"a password in an address", "[cluster]\nmode = 'nats'\nservers = ['nats://a:b@host']\n", []string{
			`3: cluster.servers: holds "nats://a:b@host", allowed: nats://HOST:PORT or tls://HOST:PORT (a password stands in credentials_file)`}},
		{"routes in the open", strings.ReplaceAll(embedded, "listen = '127.0.0.1:1'", "listen = '0.0.0.0:1'") + component, []string{
			`4: cluster.listen: leads beyond this machine, needed then: certfile, keyfile and cacertfile`}},
		{"a lease that ends before it is renewed", embedded + "lease_ttl = '5s'\n" + component, []string{
			`1: cluster.lease_refresh: with lease_margin is not less than lease_ttl (5s)`}},
		{"half a second of lease", embedded + "lease_ttl = '4500ms'\nlease_refresh = '1s'\n" + component, []string{
			`6: cluster.lease_ttl: is "4500ms", allowed: a duration of whole seconds`}},
		{"a server with larger stanzas", embedded + "[[upstream]]\nname = 'n'\naddress = 'h:1'\nsecret = 's'\ndomains = ['*']\nmax_stanza_size = 8388609\n" + component, []string{
			`2: cluster.mode: is "embedded", and [[upstream]] n takes larger stanzas; needed: max_stanza_size of 8388608 at most`}},
	} {
		t.Run(m.name, func(t *testing.T) { m.run(t, everything) })
	}
}

// Servers behind go with names that several nodes serve, by node and in balance.
func TestClusterWithServersBehind(t *testing.T) {
	good(t, listener+"conflict_behaviour = 'balance'\n[cluster]\nmode = 'embedded'\nnode = 'aaaaaaaaaa'\nlisten = '127.0.0.1:1'\npeers = ['127.0.0.1:1']\nscope = 'node'\n"+
		"[[upstream]]\nname = 'n'\naddress = 'h:1'\nsecret = 's'\ndomains = ['*']\n")
}

// What is for another mode is told, not refused, and not used.
func TestClusterKeysOfAnotherMode(t *testing.T) {
	c := good(t, listener+"[cluster]\nmode = 'nats'\nservers = ['nats://127.0.0.1:1']\nlisten = '127.0.0.1:1'\n")
	if c.Cluster.Mode != ClusterNATS || !strings.Contains(strings.Join(c.Notes, "\n"), `cluster.listen has no effect with mode = "nats"`) {
		t.Errorf("%q", c.Notes)
	}
	c = good(t, listener+"[cluster]\nmode = 'embedded'\nnode = 'aaaaaaaaaa'\nlisten = '127.0.0.1:1'\npeers = ['127.0.0.1:1', '127.0.0.1:2']\n")
	if !strings.Contains(strings.Join(c.Notes, "\n"), "names two nodes") {
		t.Errorf("two nodes: %q", c.Notes)
	}
}

// Every stanza that a listener takes must fit a message between nodes.
func TestClusterBoundsStanzas(t *testing.T) {
	text := "[[listen.component]]\nport = 1\npassword = 'x'\nmax_stanza_size = 'infinity'\n" +
		"[cluster]\nmode = 'nats'\nservers = ['nats://127.0.0.1:1']\n"
	if _, errs := parse("weir.toml", text, everything); len(errs) != 1 || !strings.Contains(errs[0].Error(), "max_stanza_size") {
		t.Errorf("%v", errs)
	}
}
