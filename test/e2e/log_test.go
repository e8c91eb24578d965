// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// TestEachStreamEndIsLogged: one line with a reason for each stream, however it ends, and nothing that was secret.
func TestEachStreamEndIsLogged(t *testing.T) {
	w := xmpptest.StartWeir(t, impatient+"conflict_behaviour = \"kick_old\"\n"+listener)
	ended := func(message, name, reason string) {
		t.Helper()
		w.WaitLog(fmt.Sprintf(`"msg":"%s","component":"%s","(reason|condition)":"%s"`, message, regexp.QuoteMeta(name), reason))
	}
	dial(t, w, "polite.example").End()
	ended("component left", "polite.example", "peer-closed")
	dial(t, w, "gone.example").Close()
	ended("component left", "gone.example", "connection-ended|peer")
	bad := dial(t, w, "bad.example")
	bad.Send("<a></b>")
	bad.ExpectStreamError("not-well-formed")
	ended("component left", "bad.example", "not-well-formed")

	late := xmpptest.Connect(t, w.Addr())
	late.Open("late.example")
	late.ExpectStreamError("connection-timeout")
	ended("stream ended before the handshake", "late.example", "connection-timeout")
	early := xmpptest.Connect(t, w.AddrOf(1))
	early.Open("early.example")
	early.Close()
	ended("stream ended before the handshake", "early.example", "connection-ended|peer")
	guesser := xmpptest.Connect(t, w.AddrOf(1))
	guesser.Open("guess.example")
	guesser.SendHandshake("my own other secret")
	guesser.ExpectStreamError("not-authorized")
	ended("stream error", "guess.example", "not-authorized")
	if got := strings.Count(w.Log(), `"component":"guess.example"`); got != 1 {
		t.Errorf("%d lines for one refused stream", got)
	}
	if strings.Contains(w.Log(), xmpptest.Digest(guesser.ID, "my own other secret")) || strings.Contains(w.Log(), "my own other secret") {
		t.Error("a proof is in the log")
	}

	// Who is replaced has left, though his socket may live on for a while.
	old := dial(t, w, "twice.example")
	dial(t, w, "twice.example")
	before := strings.Count(w.Log(), `"component left"`)
	old.Expect("<stream:error>")
	ended("component left", "twice.example", "replaced")
	waitFor(t, "the newcomer's line", func() bool {
		return strings.Count(w.Log(), `"component connected","component":"twice.example"`) == 2
	})
	var logged []time.Time // the newcomer's beginning, the old one's end
	for _, line := range regexp.MustCompile(`"time":"([^"]+)".*"component (connected|left)","component":"twice\.example"`).FindAllStringSubmatch(w.Log(), -1) {
		at, err := time.Parse(time.RFC3339Nano, line[1])
		if err != nil {
			t.Fatal(err)
		}
		logged = append(logged, at)
	}
	if len(logged) != 3 || logged[2].Sub(logged[1]).Abs() > 1500*time.Millisecond { // the socket lives on for two seconds
		t.Errorf("the newcomer came and the old one left at %v", logged)
	}
	if got := strings.Count(w.Log(), `"component left"`); got > before+1 {
		t.Errorf("%d lines for one replaced stream", got-before)
	}
	w.Signal(syscall.SIGTERM)
	ended("component left", "twice.example", "system-shutdown")
	if w.Wait() != 0 {
		t.Error("weir did not end well")
	}
	if got := strings.Count(w.Log(), `"component":"twice.example","reason"`); got != 2 {
		t.Errorf("%d ends of two streams", got)
	}
}

// TestLookIsNotLogged: a health check that only connects leaves no line, but with loglevel debug.
func TestLookIsNotLogged(t *testing.T) {
	a := administer(t, listener)
	xmpptest.Connect(t, a.Addr()).Close()
	waitUntil(t, "its end", func() bool { return strings.Contains(a.get("/metrics"), `weir_streams_ended_total`) })
	if strings.Contains(a.Log(), "stream ended") {
		t.Error("it is logged")
	}
	a.run("log-level", "debug")
	xmpptest.Connect(t, a.Addr()).Close()
	a.WaitLog(`"level":"DEBUG","msg":"stream ended before the handshake"`)
}

// TestLogIsBounded: of very many lines that are alike most are left out, and that is said and counted.
func TestLogIsBounded(t *testing.T) {
	a := administer(t, listener+"deny = [\"127.0.0.3\"]\n")
	const n = 1500
	for range n {
		xmpptest.ConnectFrom(t, "127.0.0.3", a.Addr()).Close()
	}
	a.WaitLog(`"log lines left out: too many were alike","like":"connection refused","lines":\d+`)
	if got := strings.Count(a.Log(), `"msg":"connection refused"`); got < 1000 || got >= n {
		t.Errorf("%d lines for %d refusals", got, n)
	}
	a.wantLines(fmt.Sprintf(`weir_connections_refused_total{reason="denied"} %d`, n))
	if strings.Contains(a.get("/metrics"), "weir_log_lines_omitted_total 0") {
		t.Error("they are not counted")
	}
}
