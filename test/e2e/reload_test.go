// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// TestReloadOfAListener: what a listener asks of those who come holds for the next one, and who is there stays as he is.
func TestReloadOfAListener(t *testing.T) {
	config := func(keys string) string { return "[shaper.slow]\nmax_rate = 1000\n" + hosted + keys }
	w := xmpptest.StartWeir(t, config("max_connections = 2\n"))
	one, two := dial(t, w, "one.example"), dial(t, w, "two.example")
	third := xmpptest.Connect(t, w.Addr())
	third.Name = "three.example"
	third.Send(xmpptest.Header(third.Name))
	third.ExpectNothingYet()

	w.WriteConfig(config("max_connections = 3\nconflict_behaviour = \"kick_old\"\n"))
	reload(t, w)
	third.ExpectHeader(third.Name)
	third.Login(secret)
	one.End()
	newcomer := dial(t, w, "two.example")
	two.ExpectStreamErrorText("conflict", replacedText)
	two.Close()

	// A lower limit sends nobody away, and lets nobody in until enough have left.
	w.WriteConfig(config("max_connections = 1\nmax_stanza_size = 1000\n"))
	reload(t, w)
	m := sized(t, "two.example", "three.example", 5000)
	newcomer.Send(m) // its stream began under the old limit
	third.Expect(m)
	next := xmpptest.Connect(t, w.Addr())
	next.Name = "next.example"
	next.Send(xmpptest.Header(next.Name))
	newcomer.End()
	third.Sync()
	next.ExpectNothingYet()
	third.End()
	next.ExpectHeader(next.Name)
	next.Login(secret)
	next.Send(sized(t, next.Name, next.Name, 1001))
	next.ExpectStreamError("policy-violation")
}

// TestReloadSaysWhatNeedsARestart: what a reload cannot change stays as it was, and the log says so.
func TestReloadSaysWhatNeedsARestart(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	w.WriteConfig(listener + "[engine]\nloops = 7\n")
	reload(t, w)
	w.WaitLog(`"configuration changed".*loops: 7, was 0 \(needs a restart\)`)
	dial(t, w, "c.example").Sync()
}

// TestReloadOfASocket: how a listener listens can change, even where, on the same port; who is in stays.
func TestReloadOfASocket(t *testing.T) {
	config := fixed(t, listener)
	w := xmpptest.StartWeir(t, config)
	one := dial(t, w, "one.example")
	_, port, _ := net.SplitHostPort(w.Addr())
	follow := func(keys string) {
		t.Helper()
		w.WriteConfig(config + keys)
		reload(t, w)
		one.Sync()
	}
	for i, keys := range []string{"", "reuse_port = true\n", "reuse_port = true\naccept_balance = \"kernel\"\nbacklog = 7\n", "backlog = 9\n"} {
		follow(keys)
		dial(t, w, fmt.Sprintf("c%d.example", i)).Sync()
	}
	follow("proxy_protocol = true\n")
	viaBalancer(t, w, "balanced.example").Sync()
	expectShut(t, w, "", "")
	follow("")

	// All addresses in the place of one, and back: neither can be had beside the other.
	elsewhere := "127.0.0.9:" + port
	for i := range 2 {
		w.WriteConfig(strings.Replace(config, "127.0.0.1", "0.0.0.0", 1))
		reload(t, w)
		xmpptest.Dial(t, elsewhere, fmt.Sprintf("e%d.example", i), secret).Sync()
		follow("")
		dial(t, w, fmt.Sprintf("f%d.example", i)).Sync()
		if c, err := net.Dial("tcp", elsewhere); err == nil {
			_ = c.Close()
			t.Error("the other addresses are still listened on")
		}
	}
}

// TestReloadThatCannotListen: what was shut to make room is open again.
func TestReloadThatCannotListen(t *testing.T) {
	one := fixed(t, listener)
	w := xmpptest.StartWeir(t, one)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_, busy, _ := net.SplitHostPort(taken.Addr().String())
	w.WriteConfig(strings.Replace(one, "127.0.0.1", "0.0.0.0", 1) + strings.Replace(listener, "port = 0", "port = "+busy, 1))
	w.Signal(syscall.SIGHUP)
	w.WaitLog(`"configuration not reloaded, the old one stays","err":"listening on 127.0.0.1:` + busy)
	dial(t, w, "c.example").Sync()
	w.WriteConfig(one + "reuse_port = true\n" + strings.Replace(listener, "port = 0", "port = "+busy, 1))
	w.Signal(syscall.SIGHUP)
	waitFor(t, "the second refusal", func() bool { return strings.Count(w.Log(), "not reloaded") == 2 })
	dial(t, w, "d.example").Sync()
}

// TestReloadOfEngineLimits: limits of streams hold at once, for one who is behind already, too.
func TestReloadOfEngineLimits(t *testing.T) {
	a := administer(t, "[engine]\nstall_timeout = \"1h\"\nanswer_rate = 1000000\n"+listener)
	sender := dial(t, a.Weir, "sender.example")
	stuck := xmpptest.Connect(t, a.Addr())
	stuck.ReadSlowly()
	stuck.Open("stuck.example")
	stuck.Login(secret)
	m := sized(t, "sender.example", "stuck.example", 200_000)
	sent := 0
	for ; sent < 200 && strings.Contains(a.get("/metrics"), "\nweir_queue_behind_seconds 0\n"); sent++ {
		sender.Send(m)
	}
	if sent == 200 {
		t.Fatal("it was never behind")
	}
	if got := a.get("/metrics"); !regexp.MustCompile(`\nweir_component_behind_seconds\{component="stuck\.example"\} 0*[1-9.]`).MatchString(got) {
		t.Error("the metrics do not tell who is behind")
	}
	if got := a.run("components"); !regexp.MustCompile(`(?m)^stuck\.example .* behind for \d+s$`).MatchString(got) {
		t.Errorf("weir components:\n%s", got)
	}
	config := strings.Replace(a.Config(), `stall_timeout = "1h"`, `stall_timeout = "200ms"`, 1)
	a.WriteConfig(strings.Replace(config, "answer_rate = 1000000", "answer_rate = 5", 1))
	reload(t, a.Weir)
	a.WaitLog(`"component left","component":"stuck\.example","reason":"stalled"`)
	if got, _ := sender.ReadStanza().ErrorCondition(); got == "" {
		t.Error("what waited was not answered")
	}
	late := dial(t, a.Weir, "late.example")
	start := time.Now()
	for range 12 {
		late.Send("<message from='late.example' to='nobody.example'/>")
		late.ReadStanza()
	}
	if took := time.Since(start); took < time.Second {
		t.Errorf("12 answers took %v, at 5 a second", took)
	}
}
