// SPDX-License-Identifier: Apache-2.0

package config

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/internal/jid"
)

func TestGeneral(t *testing.T) {
	g := good(t, `
[general]
hosts = ["Example.COM.", "münchen.example", "xn--mnchen-3ya.org", "[::1]"]
loglevel = "warning"
routing_modules = ["ejabberd_s2s", "mongoose_router_global"]
`+listener).General
	if d := cmp.Diff([]string{"example.com", "münchen.example", "münchen.org", "[::1]"}, g.Hosts); d != "" {
		t.Errorf("hosts (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"ejabberd_s2s", "mongoose_router_global"}, g.RoutingModules); d != "" {
		t.Errorf("routing_modules (-want +got):\n%s", d)
	}
	for word, want := range map[string]slog.Level{
		"none": LevelNone, "critical": slog.LevelError, "error": slog.LevelError, "warning": slog.LevelWarn,
		"notice": slog.LevelInfo, "info": slog.LevelInfo, "debug": slog.LevelDebug, "all": slog.LevelDebug,
	} {
		if got := good(t, "general.loglevel = '"+word+"'\n"+listener).General.LogLevel; got != want {
			t.Errorf("loglevel %s is %v", word, got)
		}
	}
}

func TestEngine(t *testing.T) {
	e := good(t, `
[engine]
driver = "io_uring"
loops = 4
queue_low_bytes = 8192
queue_high_bytes = 65536
queue_hard_bytes = 1_048_576
pause_lease = "50ms"
stall_timeout = "1m"
input_budget_bytes = 1048576
max_depth = 16
`+listener).Engine
	want := defaultEngine()
	want.Driver, want.Loops, want.QueueLow, want.QueueHigh, want.QueueHard = DriverIOURing, 4, 8192, 65536, 1<<20
	want.PauseLease, want.StallTimeout, want.InputBudget, want.MaxDepth = 50*time.Millisecond, time.Minute, 1<<20, 16
	if d := cmp.Diff(want, e); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestEngineErrors(t *testing.T) {
	for _, m := range []mistake{
		{"driver", "engine.driver = 'kqueue'\n", []string{`1: engine.driver: is "kqueue", allowed: "auto", "io_uring", "epoll"`}},
		{"driver mistyped", "engine.driver = 'epol'\n", []string{`1: engine.driver: is "epol", allowed: "auto", "io_uring", "epoll"; did you mean epoll?`}},
		{"loops", "engine.loops = 'all'\n", []string{`1: engine.loops: is "all", allowed: an integer from 0 to 1024`}},
		{"a float", "engine.loops = 1.5\n", []string{`1: engine.loops: is 1.5, allowed: an integer from 0 to 1024`}},
		{"a date", "engine.loops = 2026-01-01\n", []string{`1: engine.loops: is a date or time, allowed: an integer from 0 to 1024`}},
		{"no unit", "engine.stall_timeout = '10'\n", []string{`1: engine.stall_timeout: is "10", allowed: a duration in quotes with its unit, from "100ms" to "1h"`}},
		{"too short", "engine.stall_timeout = '1ms'\n", []string{`1: engine.stall_timeout: is "1ms", allowed: a duration in quotes with its unit, from "100ms" to "1h"`}},
		{"marks in the wrong order", "[engine]\nqueue_low_bytes = 1048576\nqueue_hard_bytes = 65536\n", []string{
			`1: engine.queue_high_bytes: is 1048576 by default, allowed: less than queue_hard_bytes, which is 65536`,
			`2: engine.queue_low_bytes: is 1048576, allowed: less than queue_high_bytes, which is 1048576 by default`,
			`5: listen.component.max_stanza_size: is 524288 by default, allowed: less than engine.queue_hard_bytes, which is 65536, or "infinity"`,
		}},
		{"budget", "[engine]\noutbox_budget_bytes = 1048576\n", []string{
			`1: engine.queue_hard_bytes: is 8388608 by default, allowed: less than outbox_budget_bytes, which is 1048576`}},
		{"share", "engine.source_share_bytes = 1048576\n", []string{
			`1: engine.source_share_bytes: is 1048576, allowed: less than queue_high_bytes, which is 1048576 by default`}},
		{"a long value is cut", "engine.driver = '" + "ééééééééééééééééééééééééééééééééééééééé" + "'\n", []string{
			`1: engine.driver: is "éééééééééééééééééééééééééééééé"…, allowed: "auto", "io_uring", "epoll"`}},
	} {
		t.Run(m.name, func(t *testing.T) { m.run(t, everything) })
	}
}

func TestAccessReachesTheListener(t *testing.T) {
	c := good(t, `
[general]
hosts = ["example.com"]
[acl]
local = [{match = "any_hosted_domain"}, {server = "Bots.EXAMPLE"}]
banned = [{user_glob = "spam-*"}]
[access]
component = [{acl = "banned", value = "deny"}, {acl = "local", value = "allow"}]
`+component("access = 'component'"))
	for from, want := range map[string]bool{
		"paul@example.com": true, "bots.example": true, "spam-1@example.com": false, "paul@example.org": false,
	} {
		p, _ := jid.Parse([]byte(from))
		if got, why := c.Listeners[0].Access.Decide(p); got != want {
			t.Errorf("%s: %v (%s)", from, got, why)
		}
	}
}

func TestTLSUpstreamAdmin(t *testing.T) {
	c := good(t, full)
	tls := c.Listeners[0].TLS
	if tls == nil || tls.VerifyMode != VerifyPeer || !tls.DisconnectOnFailure || string(tls.KeyPassword) != "five" ||
		tls.CertFile != "testdata/cert.pem" || !tls.SessionTickets || c.Listeners[1].TLS != nil {
		t.Errorf("tls: %+v", tls)
	}
	u := c.Upstreams[0]
	if u.Name != "prosody" || u.Address != "[::1]:5347" || string(u.Secret) != "six" || len(u.Domains) != 2 {
		t.Errorf("upstream: %+v", u)
	}
	if c.Admin.Address != "127.0.0.1:9090" || string(c.Admin.Token) != "seven" || c.Cluster.Bucket != "EDGE" {
		t.Errorf("admin: %+v, cluster: %+v", c.Admin, c.Cluster)
	}
	c = good(t, "[[upstream]]\nname = 'p'\naddress = 'h:1'\ndomains = ['*']\nsecret_file = 'testdata/key.pem'\n"+
		"[admin]\ntoken_file = 'testdata/key.pem'\n"+tlsBlock("password_file = 'testdata/key.pem'"))
	if c.Upstreams[0].Secret == "" || c.Admin.Token == "" || c.Listeners[0].TLS.KeyPassword == "" {
		t.Error("a secret of a file is missing")
	}
}

func TestTLSUpstreamAdminErrors(t *testing.T) {
	for _, m := range []mistake{
		{"starttls", tlsBlock("mode = 'starttls'"), []string{`7: listen.component.tls.mode: is "starttls", allowed: "tls"; XEP-0114 has no STARTTLS`}},
		{"starttls_required", tlsBlock("mode = 'starttls_required'"), []string{
			`7: listen.component.tls.mode: is "starttls_required", allowed: "tls"; XEP-0114 has no STARTTLS`}},
		{"mode", tlsBlock("mode = 'ssl'"), []string{`7: listen.component.tls.mode: is "ssl", allowed: "tls"`}},
		{"dhfile", tlsBlock("dhfile = 'dh.pem'"), []string{
			`7: listen.component.tls.dhfile: is refused: Go's TLS has no finite-field Diffie-Hellman; leave it out, elliptic curves are always used`}},
		{"early_data", tlsBlock("early_data = true"), []string{
			`7: listen.component.tls.early_data: is refused: early data can be replayed, and Go's TLS does not take it; leave it out`}},
		{"server_name_indication", tlsBlock("server_name_indication.enabled = true"), []string{
			`7: listen.component.tls.server_name_indication: is not a key of [listen.component.tls]`}},
		{"session_tickets", tlsBlock("session_tickets = 'stateful'"), []string{
			`7: listen.component.tls.session_tickets: is "stateful", allowed: "stateless"`}},
		{"versions", tlsBlock("versions = ['tlsv1.2', 'tlsv1']"), []string{
			`7: listen.component.tls.versions: holds "tlsv1", allowed: "tlsv1.2", "tlsv1.3"`}},
		{"two key passwords", tlsBlock("password = 'a'", "password_file = 'testdata/key.pem'"), []string{
			`8: listen.component.tls.password_file: stands beside password, allowed: one of the two`}},
		{"upstream without anything", "[[upstream]]\n", []string{
			`1: upstream.name: is missing, needed: name, address, domains, and secret or secret_file`,
			`1: upstream.address: is missing, needed: name, address, domains, and secret or secret_file`,
			`1: upstream.domains: is missing, needed: name, address, domains, and secret or secret_file`,
			`1: upstream.secret: is missing, needed: secret or secret_file`}},
		{"upstreams", "[[upstream]]\nname = 'p'\naddress = 'host'\ndomains = ['*', 'a b']\nsecret = 's'\nsecret_file = 'testdata/key.pem'\n" +
			"[[upstream]]\nname = 'p'\naddress = ':0'\ndomains = []\nsecret = 's'\n", []string{
			`3: upstream.address: is "host", allowed: HOST:PORT or unix:PATH`,
			`4: upstream.domains: holds "a b", allowed: domain names`,
			`6: upstream.secret_file: stands beside secret, allowed: one of the two`,
			`8: upstream.name: is "p" twice, allowed: each name once`,
			`9: upstream.address: is ":0", allowed: HOST:PORT or unix:PATH`}},
		{"admin", "[admin]\naddress = 9090\ntoken = ''\n", []string{
			`2: admin.address: is 9090, allowed: HOST:PORT`,
			`3: admin.token: is an empty string, allowed: a string that is not empty`}},
		{"two admin tokens", "[admin]\ntoken = 'a'\ntoken_file = 'testdata/key.pem'\n", []string{
			`3: admin.token_file: stands beside token, allowed: one of the two`}},
		{"cluster", "cluster.mode = 'etcd'\n", []string{`1: cluster.mode: is "etcd", allowed: "none", "embedded", "nats"`}},
	} {
		t.Run(m.name, func(t *testing.T) { m.run(t, everything) })
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"max_connections", "port", "password", "passwords"}
	for word, want := range map[string]string{
		"max_conections":  "; did you mean max_connections?",
		"maxconnections":  "; did you mean max_connections?",
		"prot":            "; did you mean port?",
		"passwort":        "; did you mean password?",
		"colour":          "",
		"connections":     "; did you mean max_connections?",
		"pass":            "", // of two
		"x":               "",
		"max_connections": "; did you mean max_connections?",
	} {
		if got := didYouMean(word, known); got != want {
			t.Errorf("%s%s, want %s", word, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"abc", "abc", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d", c.a, c.b, got)
		}
	}
}
