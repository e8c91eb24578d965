// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"

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
	w.WriteConfig(listener + "proxy_protocol = true\nreuse_port = true\nbacklog = 7\n[engine]\nstall_timeout = \"1s\"\n")
	reload(t, w)
	for _, change := range []string{"proxy_protocol: true, was false", "reuse_port: true, was false", "backlog: 7, was 1024",
		`stall_timeout: \\"1s\\", was \\"10s\\"`} {
		w.WaitLog(fmt.Sprintf(`"configuration changed".*%s \(needs a restart\)`, change))
	}
	dial(t, w, "c.example").Sync() // without a PROXY header
}
