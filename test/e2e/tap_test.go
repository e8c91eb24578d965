// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"weir/internal/xmpptest"
)

// trace is a line of `weir tap -json`.
type trace struct {
	Event, Via, Element, Type, From, To, ID, Child, Outcome, End string
	NS                                                           string `json:"child_ns"`
	Bytes, Missed                                                int
}

// tapping runs weir tap; the first function waits for the next line, the second for its end and gives all it has written.
func tapping(t *testing.T, a *administered, args ...string) (next func() trace, end func() string) {
	t.Helper()
	opened := strings.Count(a.Log(), `"tap opened by the operator"`)
	cmd := exec.Command(xmpptest.Binary(t, "weir"), append([]string{"tap", "-socket", a.socket}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the tap to open", func() bool { return strings.Count(a.Log(), `"tap opened by the operator"`) > opened })
	lines, all := bufio.NewScanner(out), ""
	next = func() (line trace) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the tap has ended: %s", errs.String())
		}
		all += lines.Text() + "\n"
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		return line
	}
	return next, func() string {
		for lines.Scan() {
			all += lines.Text() + "\n"
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("weir tap: %v, %s", err, errs.String())
		}
		return all
	}
}

// TestTap: what a component sends and is sent is shown with what became of it, and nothing that anybody has written.
func TestTap(t *testing.T) {
	a := administer(t, hosted)
	one, two := dial(t, a.Weir, "one.example"), dial(t, a.Weir, "two.example")
	next, end := tapping(t, a, "-json", "-count", "9", "ONE.example")
	is := func(want trace) {
		t.Helper()
		if got := next(); got != want {
			t.Errorf("%+v\nwant %+v", got, want)
		}
	}
	m := "<message from='one.example' to='ann@two.example/home' id='m1' type='chat' data-x='topsecret'><body xml:lang='en'>topsecret</body><topsecret2/></message>"
	one.Send(m)
	two.Expect(m)
	is(trace{Event: "stanza", Via: "component", Element: "message", Type: "chat", From: "one.example", To: "ann@two.example/home", ID: "m1",
		Child: "body", NS: "jabber:component:accept", Bytes: len(m), Outcome: "sent to two.example"})
	back := "<iq from='two.example' to='x@One.EXAMPLE' id='topless' type='result'/>"
	two.Send(back)
	one.Expect(back)
	is(trace{Event: "stanza", Via: "component", Element: "iq", Type: "result", From: "two.example", To: "x@One.EXAMPLE", ID: "topless",
		Bytes: len(back), Outcome: "sent to one.example"})
	two.Send("<message from='two.example' to='two.example'><body>of no interest</body></message>")
	two.ReadStanza()
	odd := "<message from='one.example' to='nobody.example' type='topsecret'/>"
	one.Send(odd)
	one.ReadStanza()
	is(trace{Event: "stanza", Via: "component", Element: "message", Type: "other", From: "one.example", To: "nobody.example", Bytes: len(odd),
		Outcome: "answered remote-server-not-found"})
	items := "<iq from='one.example' to='example.com' id='d' type='get'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>"
	one.Send(items)
	one.ReadStanza()
	is(trace{Event: "stanza", Via: "component", Element: "iq", Type: "get", From: "one.example", To: "example.com", ID: "d", Child: "query",
		NS: "http://jabber.org/protocol/disco#items", Bytes: len(items), Outcome: "served by weir"})
	lost := "<presence from='one.example' to='nobody.example' type='error'/>"
	one.Send(lost)
	is(trace{Event: "stanza", Via: "component", Element: "presence", Type: "error", From: "one.example", To: "nobody.example", Bytes: len(lost), Outcome: "dropped"})
	one.End()
	is(trace{Event: "ended", Via: "component", Outcome: "peer-closed"})
	guesser := xmpptest.Connect(t, a.Addr())
	guesser.Open("one.example")
	guesser.SendHandshake("topsecret")
	guesser.ExpectStreamError("not-authorized")
	is(trace{Event: "ended", Via: "component", Outcome: "not-authorized"})
	dial(t, a.Weir, "one.example")
	is(trace{Event: "connected", Via: "component", Outcome: "handshake taken"})
	two.Send("<message from='two.example' to='one.example' id='&#x9b;2J&lt;'/>")
	if got := next(); got.ID != "\u009b2J<" {
		t.Errorf("%+v", got)
	}
	all := end()
	for _, secret := range []string{"topsecret", "of no interest", secret, xmpptest.Digest(guesser.ID, "topsecret")} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is shown:\n%s", secret, all)
		}
	}
	if !strings.HasSuffix(all, `{"end":"count"}`+"\n") {
		t.Errorf("the end is not told:\n%s", all)
	}
	a.WaitLog(`"tap closed","component":"ONE.example"`)
}

// TestTapForPeople: one line each, and no peer can steer the terminal.
func TestTapForPeople(t *testing.T) {
	a := administer(t, listener)
	one := dial(t, a.Weir, "one.example")
	_, end := tapping(t, a, "-count", "1", "one.example")
	one.Send("<message from='one.example' to='one.example' id='&#x9b;x'/>")
	one.ReadStanza()
	if got := end(); !regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{3} stanza <message> from=one\.example to=one\.example id=\x{FFFD}x \d+ bytes via component -> sent to one\.example\nend: count\n$`).MatchString(got) {
		t.Errorf("%q", got)
	}
	next, end := tapping(t, a, "-json", "-for", "1s", "one.example")
	if got := next(); got.End != "time" {
		t.Errorf("%+v", got)
	}
	end()
	if _, stderr, code := a.command("tap", "-count", "0", "one.example"); code != 1 || !strings.Contains(stderr, "count is not a number from 1 to 100000") {
		t.Errorf("%d %s", code, stderr)
	}
	if _, stderr, code := a.command("tap", "@"); code != 1 || !strings.Contains(stderr, "@ is no domain name") {
		t.Errorf("%d %s", code, stderr)
	}
}

// TestTapIsBounded: a flood is shown in part, what is left out is told, and the traffic goes on; there are four taps at most.
func TestTapIsBounded(t *testing.T) {
	t.Parallel()
	const stanzas = 20_000
	a := administer(t, listener)
	one, two := dial(t, a.Weir, "one.example"), dial(t, a.Weir, "two.example")
	next, end := tapping(t, a, "-json", "-count", "100000", "-for", "1h", "one.example")
	many := strings.Repeat("<message from='one.example' to='two.example'/>", 100)
	go func() {
		for range stanzas / 100 {
			_ = one.TrySend(many) // what fails is missing below
		}
	}()
	for range stanzas / 100 {
		two.Expect(many)
	}
	shown, missed := 0, 0
	for shown+missed < stanzas {
		line := next()
		missed += line.Missed
		if line.Event != "" {
			shown++
		}
	}
	if shown+missed != stanzas || shown > stanzas/4 || shown == 0 {
		t.Errorf("%d shown, %d left out, %d sent", shown, missed, stanzas)
	}
	var taps []*http.Response
	open := func(token string) int {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, a.base+"/api/v1/tap?name=one.example&seconds=3600", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		taps = append(taps, res)
		t.Cleanup(func() { _ = res.Body.Close() })
		return res.StatusCode
	}
	if got := open("wrong"); got != http.StatusUnauthorized {
		t.Errorf("without the token: %d", got)
	}
	for i, want := range []int{200, 200, 200, 503} {
		if got := open(adminToken); got != want {
			t.Errorf("tap %d: %d, want %d", i+2, got, want)
		}
	}
	_ = taps[1].Body.Close()
	waitUntil(t, "room for another tap", func() bool { return open(adminToken) == 200 })
	a.Signal(syscall.SIGTERM) // an open tap does not keep weir from leaving
	if all := end(); !strings.Contains(all, `"end":"leaving"`) && !strings.Contains(all, `"event":"ended"`) {
		t.Errorf("%s", fmt.Sprint(all[max(0, len(all)-200):]))
	}
}
