// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

const adminToken = "lock-keeper-42"

// administered is a weir that answers operators.
type administered struct {
	*xmpptest.Weir
	t      *testing.T
	base   string // of its URLs
	socket string
}

// administer starts weir with [admin] in both ways.
func administer(t *testing.T, config string) *administered {
	t.Helper()
	a := &administered{t: t, socket: filepath.Join(shortDir(t), "admin.sock")}
	a.Weir = xmpptest.StartWeir(t, a.section()+config)
	answering := `"msg":"admin: answering","addr":"([^"]+)"`
	a.WaitLog(answering)
	a.WaitLog(`"admin: answering","socket"`)
	a.base = "http://" + regexp.MustCompile(answering).FindStringSubmatch(a.Log())[1]
	return a
}

// section is [admin] as it was started with.
func (a *administered) section() string {
	return "[admin]\naddress = \"127.0.0.1:0\"\nsocket = \"" + a.socket + "\"\ntoken = \"" + adminToken + "\"\n"
}

// request asks over TCP.
func (a *administered) request(method, path, token string) (status int, body string) {
	a.t.Helper()
	r, err := http.NewRequest(method, a.base+path, http.NoBody)
	if err != nil {
		a.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: 20 * time.Second}
	res, err := client.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// get is request for what must be there for everybody.
func (a *administered) get(path string) string {
	a.t.Helper()
	status, body := a.request(http.MethodGet, path, "")
	if status != http.StatusOK {
		a.t.Fatalf("%s: %d %s", path, status, body)
	}
	return body
}

// command runs weir's own command over the socket.
func (a *administered) command(args ...string) (stdout, stderr string, code int) {
	a.t.Helper()
	cmd := exec.Command(xmpptest.Binary(a.t, "weir"), append([]string{args[0], "-socket", a.socket}, args[1:]...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		a.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// run is command for what must go well.
func (a *administered) run(args ...string) string {
	a.t.Helper()
	stdout, stderr, code := a.command(args...)
	if code != 0 || stderr != "" {
		a.t.Fatalf("weir %s: exit code %d, %s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// wantLines says which lines of a scrape are missing.
func (a *administered) wantLines(lines ...string) {
	a.t.Helper()
	text := a.get("/metrics")
	for _, l := range lines {
		if !strings.Contains(text, "\n"+l+"\n") {
			name, _, _ := strings.Cut(l, "{")
			name, _, _ = strings.Cut(name, " ")
			a.t.Errorf("missing: %s; there is %q", l, regexp.MustCompile(`(?m)^`+name+`[ {].*$`).FindAllString(text, 9))
		}
	}
}

// TestMetricsCountTraffic: what two components do is counted, by kind, by reason and by component.
func TestMetricsCountTraffic(t *testing.T) {
	a := administer(t, hosted)
	one, two := dial(t, a.Weir, "one.example"), dial(t, a.Weir, "two.example")
	for range 3 {
		one.Send("<message from='one.example' to='two.example'/>")
		two.Expect("<message from='one.example' to='two.example'/>")
	}
	two.Send("<presence from='two.example' to='one.example' type='error'/>")
	one.Expect("<presence from='two.example' to='one.example' type='error'/>")
	one.Send("<message from='one.example' to='nobody.example' id='1'/>")
	one.ReadStanza()
	one.Send("<message from='wrong.example' to='two.example' id='1'/>")
	one.ReadStanza()
	askItems(two, "two.example", "example.com")
	imposter := xmpptest.Connect(t, a.Addr())
	imposter.Open("imposter.example")
	imposter.SendHandshake("not the secret")
	imposter.ExpectStreamError("not-authorized")
	refuseConflict(t, a.Addr(), "one.example")
	a.wantLines(
		`weir_stanzas_received_total{kind="message",error="false"} 5`,
		`weir_stanzas_received_total{kind="presence",error="true"} 1`,
		`weir_stanzas_received_total{kind="iq",error="false"} 1`,
		`weir_stanzas_forwarded_total{kind="message",error="false"} 3`,
		`weir_stanzas_delivered_total 4`,
		`weir_stanzas_answered_total{reason="remote-server-not-found"} 1`,
		`weir_stanzas_answered_total{reason="bad-request"} 1`,
		`weir_stanzas_served_total 1`,
		`weir_handshakes_total 2`,
		`weir_auth_failures_total 1`,
		`weir_conflicts_total 1`,
		`weir_streams_ended_total{reason="conflict"} 1`,
		`weir_streams_ended_total{reason="not-authorized"} 1`,
		`weir_streams 2`,
		`weir_component_names 2`,
		`weir_component_stanzas_received_total{component="one.example"} 5`,
		`weir_component_stanzas_delivered_total{component="two.example"} 3`,
		`weir_component_streams{component="two.example"} 1`,
		`weir_queue_bytes 0`,
		`weir_ready 1`,
	)
	// A stream that has ended is still counted for its component.
	one.End()
	dial(t, a.Weir, "one.example").Sync()
	text := a.get("/metrics")
	m := regexp.MustCompile(`weir_component_stanzas_received_total\{component="one.example"\} (\d+)`).FindStringSubmatch(text)
	if m == nil || len(m[1]) > 1 || m[1] < "5" {
		t.Errorf("after a restart: %q", m)
	}
}

// TestHealth: readiness falls when weir begins to leave, while it still answers.
func TestHealth(t *testing.T) {
	a := administer(t, listener)
	if got := a.get("/healthz") + a.get("/readyz"); got != "ok\nready\n" {
		t.Errorf("%q", got)
	}
	// One who does not read its goodbye keeps weir waiting.
	quiet := dial(t, a.Weir, "quiet.example")
	a.Signal(syscall.SIGTERM)
	a.WaitLog("saying goodbye")
	if status, body := a.request(http.MethodGet, "/readyz", ""); status != http.StatusServiceUnavailable || body != "leaving\n" {
		t.Errorf("while leaving: %d %s", status, body)
	}
	quiet.ExpectStreamErrorText("system-shutdown", "System shutting down")
}

// TestToken: what only looks needs no token, what changes something does, and the socket is for one user.
func TestToken(t *testing.T) {
	a := administer(t, listener)
	for _, path := range []string{"/", "/metrics", "/healthz", "/readyz", "/api/v1/status", "/api/v1/components", "/api/v1/upstreams"} {
		a.get(path)
	}
	for path, method := range map[string]string{
		"/api/v1/kick?name=x": "POST", "/api/v1/drain?name=x": "POST", "/api/v1/reload": "POST", "/api/v1/log-level?level=info": "POST",
		"/api/v1/explain?from=a&to=b": "GET",
	} {
		for _, token := range []string{"", "x", adminToken + "x"} {
			if status, body := a.request(method, path, token); status != http.StatusUnauthorized {
				t.Errorf("%s with token %q: %d %s", path, token, status, body)
			}
		}
		if status, body := a.request(method, path, adminToken); status == http.StatusUnauthorized || status == http.StatusForbidden {
			t.Errorf("%s with the token: %d %s", path, status, body)
		}
	}
	if status, _ := a.request("GET", "/api/v1/kick?name=x", adminToken); status != http.StatusMethodNotAllowed {
		t.Errorf("a GET that would change something: %d", status)
	}
	info, err := os.Stat(a.socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info.Mode(), err)
	}
	if strings.Contains(a.Log(), adminToken) {
		t.Error("the token is in the log")
	}
}

// TestStatusCommands: tables for people, JSON for programs.
func TestStatusCommands(t *testing.T) {
	t.Parallel()
	a := administer(t, hosted)
	one := dial(t, a.Weir, "one.example")
	one.Sync()
	for _, want := range []string{"ready", "1 streams, 1 names", "listener    " + a.Addr() + ": 1 connections", "event       handshakes: 1"} {
		if got := a.run("status"); !strings.Contains(got, want) {
			t.Errorf("weir status has no %q:\n%s", want, got)
		}
	}
	if got := a.run("components"); !regexp.MustCompile(`(?m)^one\.example +` + one.LocalAddr() + ` .* good$`).MatchString(got) {
		t.Errorf("weir components:\n%s", got)
	}
	var all []struct {
		Name string
		In   int `json:"stanzas_in"`
		Peer string
	}
	if err := json.Unmarshal([]byte(a.run("components", "-json")), &all); err != nil || len(all) != 1 || all[0].Name != "one.example" || all[0].Peer != one.LocalAddr() {
		t.Errorf("weir components -json: %+v, %v", all, err)
	}
}

// TestExplain: which instance, which rule, or why not.
func TestExplain(t *testing.T) {
	t.Parallel()
	a := administer(t, "[acl]\nfriends = [{server = \"friend.example\"}]\n[access]\ncomponent = [{acl = \"friends\", value = \"allow\"}]\n"+
		hosted+"access = \"component\"\n")
	dial(t, a.Weir, "bot.example")
	for _, row := range []struct{ from, to, want string }{
		{"a@friend.example", "x@bot.example", `(?s)component bot\.example.*the only one.*access\.component: clause 1: acl friends: allow\nverdict +delivered`},
		{"a@foe.example", "BOT.example", `(?s)access\.component: no clause matches: deny\nverdict +not-allowed`},
		{"bot.example", "example.com", `(?s)of component bot\.example.*host example\.com\nverdict +answered by weir`},
		{"bot.example", "nobody.example", `(?s)nowhere\nverdict +remote-server-not-found`},
		{"bot.example", "x.example.com", `(?s)nowhere\nverdict +service-unavailable`},
	} {
		if got := a.run("explain", row.from, row.to); !regexp.MustCompile(row.want).MatchString(got) {
			t.Errorf("weir explain %s %s:\n%s\nwant %s", row.from, row.to, got, row.want)
		}
	}
	if _, stderr, code := a.command("explain", "@@@", "x"); code != 1 || !strings.Contains(stderr, "@@@ is not an XMPP address") {
		t.Errorf("%d %s", code, stderr)
	}
}

// TestKickAndDrain: the streams of one name end, with the reason, and nobody else's.
func TestKickAndDrain(t *testing.T) {
	a := administer(t, listener)
	other := dial(t, a.Weir, "other.example")
	one := dial(t, a.Weir, "one.example")
	if got := a.run("kick", "One.Example"); got != "streams  1\n" {
		t.Errorf("%q", got)
	}
	one.ExpectStreamErrorText("policy-violation", "Closed by the operator")
	two := dial(t, a.Weir, "one.example") // the name is free at once
	a.run("drain", "one.example")
	two.ExpectStreamErrorText("system-shutdown", "Drained by the operator")
	if _, stderr, code := a.command("kick", "one.example"); code != 1 || !strings.Contains(stderr, "no component serves one.example") {
		t.Errorf("%d %s", code, stderr)
	}
	other.Sync()
	a.wantLines(`weir_streams_ended_total{reason="kicked"} 1`, `weir_streams_ended_total{reason="drained"} 1`)
}

// TestKickOfOneWhoDoesNotRead: it is closed at once, and what waited for it goes back.
func TestKickOfOneWhoDoesNotRead(t *testing.T) {
	a := administer(t, listener)
	sender, stuck := dial(t, a.Weir, "sender.example"), dial(t, a.Weir, "stuck.example")
	m := sized(t, "sender.example", "stuck.example", 200_000)
	sent := 0
	for ; sent < 200 && !strings.Contains(a.get("/api/v1/status"), `"senders held","count":1`); sent++ {
		sender.Send(m)
	}
	if sent == 200 {
		t.Fatal("nobody was ever held")
	}
	a.run("kick", "stuck.example")
	if got, _ := sender.ReadStanza().ErrorCondition(); got == "" {
		t.Error("what waited was not answered")
	}
	_ = stuck
	a.wantLines(`weir_streams_ended_total{reason="kicked"} 1`)
}

// TestReloadCommand: it says what is wrong, or does it; the level is back to the file's afterwards.
func TestReloadCommand(t *testing.T) {
	a := administer(t, listener)
	a.run("log-level", "debug")
	if _, stderr, code := a.command("log-level", "loud"); code != 1 || !strings.Contains(stderr, `"loud" is no log level`) {
		t.Errorf("%d %s", code, stderr)
	}
	a.WriteConfig("[general]\nnonsense = 1\n" + listener)
	if _, stderr, code := a.command("reload"); code != 1 || !strings.Contains(stderr, "weir.toml:2: general.nonsense") {
		t.Errorf("%d %s", code, stderr)
	}
	a.WriteConfig("[general]\nhosts = [\"new.example\"]\n[admin]\ntoken = \"another\"\n" + listener)
	if got := a.run("reload"); !strings.Contains(got, "[general]: hosts: ") || !strings.Contains(got, "[admin]: token: changed") || strings.Contains(got, "another") {
		t.Errorf("what has changed: %s", got)
	}
	if got := a.run("reload"); strings.Contains(got, "hosts") || strings.Count(got, "(needs a restart)") != 2 {
		t.Errorf("a second time: %s", got)
	}
	dial(t, a.Weir, "one.example").Sync()
	if got := a.run("explain", "one.example", "new.example"); !strings.Contains(got, "host new.example") {
		t.Errorf("%s", got)
	}
	if status, _ := a.request("POST", "/api/v1/reload", adminToken); status != http.StatusUnauthorized {
		t.Errorf("with the old token: %d", status)
	}
	if status, body := a.request("POST", "/api/v1/reload", "another"); status != http.StatusOK {
		t.Errorf("with the new token: %d %s", status, body)
	}
}

// TestSocketOfAnother: a socket that answers, or may yet, is not taken away; one that was left behind is.
func TestSocketOfAnother(t *testing.T) {
	a := administer(t, listener)
	second := "[admin]\nsocket = \"" + a.socket + "\"\n" + listener
	if status, output := xmpptest.StartWeirToFail(t, second); status != 1 || !strings.Contains(output, "another weir answers there") {
		t.Errorf("%d %s", status, output)
	}
	a.run("status")
	a.Signal(syscall.SIGTERM)
	if a.Wait() != 0 {
		t.Error("weir did not end well")
	}
	left, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(left, &syscall.SockaddrUnix{Name: a.socket}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(left, 0); err != nil {
		t.Fatal(err)
	}
	waiting, err := net.Dial("unix", a.socket) // and with it the backlog is full
	if err != nil {
		t.Fatal(err)
	}
	if status, output := xmpptest.StartWeirToFail(t, second); status != 1 || !strings.Contains(output, "temporarily unavailable") {
		t.Errorf("a socket whose owner is busy was taken: %d %s", status, output)
	}
	_ = waiting.Close()
	_ = syscall.Close(left)
	b := xmpptest.StartWeir(t, second)
	b.WaitLog(`"admin: answering","socket"`)
}

// TestTLSIsSeen: certificates with their days, handshakes by what became of them, and who was refused for his.
func TestTLSIsSeen(t *testing.T) {
	s := newTLSSite(t)
	a := administer(t, s.config(withSecret, verifyNone))
	dialTLS(t, a.Weir, s.client(), "one.example").Sync()
	plain := xmpptest.Connect(t, a.Addr())
	_ = plain.TrySend(xmpptest.Header("plain.example"))
	_, _ = plain.ReadAll()
	a.WaitLog(`"connection closed","reason":"TLS: what came is not TLS"`)
	a.wantLines(`weir_tls_handshakes_total{outcome="made"} 1`, `weir_tls_handshakes 0`, `weir_connections_refused_total{reason="tls"} 1`)
	got := a.run("status")
	for _, want := range []string{`(?m)^certificate +\S+, 127\.0\.0\.1:0: \d+ days left$`, `(?m)^refusal +\d+s ago: tls +` + regexp.QuoteMeta(plain.LocalAddr()) + ` at 127\.0\.0\.1:0$`} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("weir status has no %s:\n%s", want, got)
		}
	}
}
