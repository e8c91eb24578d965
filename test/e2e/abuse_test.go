// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// login is a component from one of many addresses.
func login(t *testing.T, w *xmpptest.Weir, from, name string) *xmpptest.Peer {
	t.Helper()
	p := xmpptest.ConnectFrom(t, from, w.Addr())
	p.Open(name)
	p.Login(secret)
	return p
}

// expectShut: the connection is closed without a word.
func expectShut(t *testing.T, w *xmpptest.Weir, from, proxyHeader string) {
	t.Helper()
	p := xmpptest.ConnectFrom(t, from, w.Addr())
	_ = p.TrySend(proxyHeader + xmpptest.Header("shut.example"))
	if received, _ := p.ReadAll(); received != "" {
		t.Errorf("from %s %s: received %q, want nothing but the end", from, proxyHeader, received)
	}
}

// guess shows a wrong proof.
func guess(t *testing.T, w *xmpptest.Weir, from, proxyHeader string) {
	t.Helper()
	p := xmpptest.ConnectFrom(t, from, w.Addr())
	p.Send(proxyHeader)
	p.Open("guess.example")
	p.SendHandshake("not it")
	p.ExpectStreamError("not-authorized")
}

func TestAllowAndDeny(t *testing.T) {
	t.Parallel()
	a := administer(t, listener+"allow = [\"127.0.0.0/29\"]\ndeny = [\"127.0.0.3\"]\n")
	in := login(t, a.Weir, "127.0.0.2", "in.example")
	for _, from := range []string{"127.0.0.3", "127.0.0.9"} {
		expectShut(t, a.Weir, from, "")
	}
	a.WaitLog(`"connection refused","reason":"denied".*"peer":"127\.0\.0\.9:`)
	a.wantLines(`weir_connections_refused_total{reason="denied"} 2`)
	// A reload shuts out who may not come any more, and leaves him who is in.
	a.WriteConfig(strings.Replace(a.Config(), `deny = ["127.0.0.3"]`, `deny = ["127.0.0.2"]`, 1))
	reload(t, a.Weir)
	expectShut(t, a.Weir, "127.0.0.2", "")
	login(t, a.Weir, "127.0.0.3", "other.example").Sync()
	in.Sync()
}

func TestConnectionsPerAddress(t *testing.T) {
	a := administer(t, listener+"max_connections_per_address = 2\n")
	one, two := login(t, a.Weir, "127.0.0.2", "one.example"), login(t, a.Weir, "127.0.0.2", "two.example")
	expectShut(t, a.Weir, "127.0.0.2", "")
	login(t, a.Weir, "127.0.0.3", "neighbour.example").Sync()
	one.End()
	two.Sync()
	waitUntil(t, "the place of who has left", func() bool {
		p := xmpptest.ConnectFrom(t, "127.0.0.2", a.Addr())
		defer p.Close()
		_ = p.TrySend(xmpptest.Header("three.example"))
		return p.Received() || p.Received()
	})
	a.WaitLog(`"connection refused","reason":"address-connections"`)
	if !strings.Contains(a.get("/metrics"), `weir_connections_refused_total{reason="address-connections"}`) {
		t.Error("it is not counted")
	}
}

// TestAcceptRatePerAddress: who comes too often is shut out, nobody else is.
func TestAcceptRatePerAddress(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+"accept_rate_per_address = 2\n")
	shut := 0
	for range 12 { // faster than two a second on the slowest machine that runs the rest
		p := xmpptest.ConnectFrom(t, "127.0.0.2", w.Addr())
		_ = p.TrySend(xmpptest.Header("c.example") + xmpptest.Trailer)
		if received, _ := p.ReadAll(); received == "" {
			shut++
		}
	}
	if shut == 0 || shut > 10 {
		t.Errorf("%d of 12 were shut out", shut)
	}
	login(t, w, "127.0.0.3", "neighbour.example").Sync()
	w.WaitLog(`"connection refused","reason":"address-rate"`)
}

// TestAcceptRate: nobody is refused, they come in one after the other.
func TestAcceptRate(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+"accept_rate = 20\n")
	start := time.Now()
	for i := range 35 {
		dial(t, w, fmt.Sprintf("c%d.example", i)).Close()
	}
	if took := time.Since(start); took < 700*time.Millisecond {
		t.Errorf("35 came in %v, at 20 a second", took)
	}
	if strings.Contains(w.Log(), "refused") {
		t.Error("somebody was refused")
	}
}

// TestLockout: after too many wrong passwords nobody from there gets in, with the right one neither, and not by having
// connected before; who is in stays, and others notice nothing.
func TestLockout(t *testing.T) {
	t.Parallel()
	a := administer(t, listener+"max_auth_failures = 3\nauth_lockout = \"5s\"\n")
	in := login(t, a.Weir, "127.0.0.2", "in.example")
	early := xmpptest.ConnectFrom(t, "127.0.0.2", a.Addr())
	early.Open("early.example")
	for range 3 {
		guess(t, a.Weir, "127.0.0.2", "")
	}
	a.WaitLog(`too many wrong proofs.*"peer":"127\.0\.0\.2:`)
	start := time.Now()
	expectShut(t, a.Weir, "127.0.0.2", "")
	early.SendHandshake(secret)
	early.ExpectStreamErrorText("not-authorized", "Invalid handshake")
	login(t, a.Weir, "127.0.0.3", "neighbour.example").Sync()
	in.Sync()
	a.wantLines(`weir_connections_refused_total{reason="locked-out"} 1`, `weir_streams_ended_total{reason="locked-out"} 1`,
		`weir_auth_failures_total 3`)
	waitUntil(t, "the end of the lock-out", func() bool {
		p := xmpptest.ConnectFrom(t, "127.0.0.2", a.Addr())
		defer p.Close()
		_ = p.TrySend(xmpptest.Header("back.example"))
		return p.Received() || p.Received()
	})
	if took := time.Since(start); took < time.Second {
		t.Errorf("the lock-out lasted %v", took)
	}
	login(t, a.Weir, "127.0.0.2", "back.example").Sync()
}

// TestLockoutOutlastsAnUpgrade: who is locked out stays so in the process that takes over, and a wrong password of before
// counts there.
func TestLockoutOutlastsAnUpgrade(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+"max_auth_failures = 2\nauth_lockout = \"1h\"\n")
	in := login(t, w, "127.0.0.2", "in.example")
	for range 2 {
		guess(t, w, "127.0.0.2", "")
	}
	guess(t, w, "127.0.0.4", "")
	w.WaitLog(`too many wrong proofs.*"peer":"127\.0\.0\.2:`)
	w.Upgrade()
	in.Sync()
	expectShut(t, w, "127.0.0.2", "")
	guess(t, w, "127.0.0.4", "")
	w.WaitLog(`too many wrong proofs.*"peer":"127\.0\.0\.4:`)
	expectShut(t, w, "127.0.0.4", "")
	login(t, w, "127.0.0.3", "neighbour.example").Sync()
}

// TestFailuresFarApart: wrong passwords lock nobody out when each has its own auth_failure_window.
func TestFailuresFarApart(t *testing.T) {
	t.Parallel()
	a := administer(t, listener+"max_auth_failures = 2\nauth_failure_window = \"1s\"\nauth_lockout = \"1h\"\n")
	for range 3 {
		guess(t, a.Weir, "127.0.0.2", "")
		time.Sleep(1100 * time.Millisecond) // the window must pass: waiting longer changes nothing
	}
	login(t, a.Weir, "127.0.0.2", "back.example").Sync()
	a.wantLines(`weir_auth_failures_total 3`)
}

// TestTrustedProxies: only they may speak PROXY, and the address they tell is what counts for every limit and in the log.
func TestTrustedProxies(t *testing.T) {
	a := administer(t, balanced+`trusted_proxies = ["127.0.0.2"]
max_auth_failures = 2
max_connections_per_address = 3
deny = ["192.0.2.66", "127.0.0.3"]
`)
	from := func(client string) string { return "PROXY TCP4 " + client + " 198.51.100.2 12345 8888\r\n" }
	expectShut(t, a.Weir, "127.0.0.4", from("192.0.2.1")) // who is no proxy of ours
	expectShut(t, a.Weir, "127.0.0.4", "")
	expectShut(t, a.Weir, "127.0.0.2", from("192.0.2.66"))
	a.WaitLog(`"connection refused","reason":"denied".*"peer":"192\.0\.2\.66:12345"`)
	guess(t, a.Weir, "127.0.0.2", from("192.0.2.7"))
	guess(t, a.Weir, "127.0.0.2", from("192.0.2.7"))
	expectShut(t, a.Weir, "127.0.0.2", from("192.0.2.7"))
	enter := func(client, name string) *xmpptest.Peer {
		p := xmpptest.ConnectFrom(t, "127.0.0.2", a.Addr())
		p.Send(from(client))
		p.Open(name)
		p.Login(secret)
		return p
	}
	in := enter("192.0.2.8", "in.example")
	enter("192.0.2.8", "second.example")
	enter("192.0.2.8", "third.example")
	expectShut(t, a.Weir, "127.0.0.2", from("192.0.2.8"))
	enter("192.0.2.9", "other.example").Sync() // the proxy has its connections, whatever its clients may have
	in.Sync()
	a.wantLines(`weir_connections_refused_total{reason="untrusted-proxy"} 2`, `weir_connections_refused_total{reason="denied"} 1`,
		`weir_connections_refused_total{reason="locked-out"} 1`, `weir_connections_refused_total{reason="address-connections"} 1`)
	in.End()
	waitUntil(t, "the place of who has left", func() bool {
		p := xmpptest.ConnectFrom(t, "127.0.0.2", a.Addr())
		defer p.Close()
		_ = p.TrySend(from("192.0.2.8") + xmpptest.Header("again.example"))
		return p.Received() || p.Received()
	})
}

// TestRefusalsAreShown: the last ones are in the status, with who and why, and no secret.
func TestRefusalsAreShown(t *testing.T) {
	a := administer(t, listener+"deny = [\"127.0.0.3\"]\n")
	expectShut(t, a.Weir, "127.0.0.3", "")
	guess(t, a.Weir, "127.0.0.2", "")
	dial(t, a.Weir, "one.example")
	refuseConflict(t, a.Addr(), "one.example")
	got := a.run("status", "-json")
	for _, want := range []string{
		`"reason":"conflict","listener":"127\.0\.0\.1:0","peer":"127\.0\.0\.1:\d+","component":"one\.example"`,
		`"reason":"not-authorized","listener":"127\.0\.0\.1:0","peer":"127\.0\.0\.2:\d+","component":"guess\.example"`,
		`"reason":"denied","listener":"127\.0\.0\.1:0","peer":"127\.0\.0\.3:\d+"`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("weir status -json has no %s:\n%s", want, got)
		}
	}
	if strings.Contains(got, secret) {
		t.Error("the secret is shown")
	}
}
