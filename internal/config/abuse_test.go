// SPDX-License-Identifier: Apache-2.0

package config

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAbuse(t *testing.T) {
	got := good(t, component(`allow = ["192.0.2.0/24", "2001:db8::1", "::ffff:198.51.100.7"]`, `deny = []`,
		`trusted_proxies = ["10.0.0.0/8"]`, `proxy_protocol = true`, `max_connections_per_address = 3`, `accept_rate = 500`,
		`accept_rate_per_address = 20`, `max_auth_failures = 10`, `auth_failure_window = "10m"`, `auth_lockout = "1h"`)).Listeners[0].Abuse
	net := netip.MustParsePrefix
	if d := cmp.Diff([]netip.Prefix{net("192.0.2.0/24"), net("2001:db8::1/128"), net("198.51.100.7/32")}, got.Allow,
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
		t.Error(d)
	}
	if len(got.Deny) != 0 || got.TrustedProxies[0] != net("10.0.0.0/8") || got.MaxPerAddress != 3 || got.AcceptRate != 500 ||
		got.AcceptRatePerAddress != 20 || got.MaxAuthFailures != 10 || got.Window != 10*time.Minute || got.Lockout != time.Hour {
		t.Errorf("%+v", got)
	}
	off := good(t, listener).Listeners[0].Abuse
	if off.Allow != nil || off.Deny != nil || off.TrustedProxies != nil || off.MaxPerAddress+off.AcceptRate+off.AcceptRatePerAddress+off.MaxAuthFailures != 0 {
		t.Errorf("not off without a word: %+v", off)
	}
}

// What the runbook shows can be read, and is not what everybody has anyway.
func TestRunbookOnAbuse(t *testing.T) {
	_, about, _ := strings.Cut(read(t, "../../docs/OPERATIONS.md"), "\n## Limits against abuse\n")
	about, _, _ = strings.Cut(about, "\n## ")
	blocks := tomlBlocks.FindAllStringSubmatch(about, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, b := range blocks {
		if a := good(t, b[1]).Listeners[0].Abuse; a.MaxAuthFailures != 10 {
			t.Errorf("%+v", a)
		}
	}
}

func TestAbuseErrors(t *testing.T) {
	const line = "4: listen.component."
	for _, m := range []mistake{
		{"no network", component(`deny = ["example.com"]`), []string{
			line + `deny: holds "example.com", allowed: networks or addresses, as "192.0.2.0/24" or "2001:db8::1"`}},
		{"a network that begins elsewhere", component(`deny = ["192.0.2.7/24"]`), []string{
			line + `deny: holds "192.0.2.7/24", which is an address within 192.0.2.0/24, allowed: that network, or the address alone`}},
		{"IPv4 as IPv6", component(`allow = ["::ffff:0:0/96"]`), []string{
			line + `allow: holds "::ffff:0:0/96", allowed: networks or addresses, as "192.0.2.0/24" or "2001:db8::1"`}},
		{"an address with a zone", component(`allow = ["fe80::1%eth0"]`), []string{
			line + `allow: holds "fe80::1%eth0", allowed: networks or addresses, as "192.0.2.0/24" or "2001:db8::1"`}},
		{"twice", component(`deny = ["192.0.2.7", "192.0.2.7/32"]`), []string{line + `deny: holds "192.0.2.7/32" twice, allowed: each once`}},
		{"nobody", component(`allow = []`), []string{
			line + `allow: is empty, which would let nobody in, allowed: networks, or leave it out`}},
		{"proxies without a header", component(`trusted_proxies = ["10.0.0.1"]`), []string{
			line + `trusted_proxies: stands without proxy_protocol = true, allowed: beside it`}},
		{"no rate", component(`accept_rate = 0`), []string{line + `accept_rate: is 0, allowed: a positive integer, or "infinity"`}},
		{"too high a rate", component(`accept_rate_per_address = 1000001`), []string{
			line + `accept_rate_per_address: is 1000001, allowed: an integer from 1 to 1000000, or "infinity"`}},
		{"too long", component(`auth_lockout = "25h"`), []string{
			line + `auth_lockout: is "25h", allowed: a duration in quotes with its unit, from "1s" to "24h"`}},
	} {
		t.Run(m.name, func(t *testing.T) { m.run(t, everything) })
	}
}
