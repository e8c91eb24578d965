// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"weir/internal/cluster/natsd/natsdtest"
	"weir/internal/xmpptest"
)

// documented reads what docs/CLUSTER.md has a node be let do at an external NATS.
func documented(t *testing.T, what, node string) (subjects []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/CLUSTER.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| ` + what + ` \| (.*) \|$`).FindSubmatch(page)
	if row == nil {
		t.Fatalf("docs/CLUSTER.md has no row for %s", what)
	}
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllSubmatch(row[1], -1) {
		subjects = append(subjects, strings.ReplaceAll(string(m[1]), "NODE", node))
	}
	return subjects
}

// TestLeastPermissions: nodes that may do at NATS what docs/CLUSTER.md says and no more are a cluster: names, conflicts,
// evictions, stanzas and answers. And they cannot speak for each other.
func TestLeastPermissions(t *testing.T) {
	server := natsdtest.NewAuthority(t)
	var n []*xmpptest.Weir
	var creds []string
	for i := range 2 {
		publish := append(documented(t, "publish", nodeName(i)), "$JS.API.STREAM.CREATE.KV_WEIR") // the page's own addition
		creds = append(creds, server.Credentials(t, publish, documented(t, "subscribe", nodeName(i))))
		config := fmt.Sprintf("[cluster]\nmode = \"nats\"\nnode = %q\nservers = [\"nats://%s\"]\ncredentials_file = %q\nscope = \"cluster\"\n",
			nodeName(i), server.Address, creds[i])
		n = append(n, xmpptest.StartWeir(t, config+fastLease+withPolicy("kick_old")))
	}
	for _, w := range n {
		w.WaitLog("this node is in the cluster")
	}
	a, old := dial(t, n[0], "a.example"), dial(t, n[1], "bot.example")
	reach(t, a, old, "a.example", "bot.example")
	next := dial(t, n[0], "bot.example")
	old.ExpectStreamErrorText("conflict", "Replaced by new connection")
	b := dial(t, n[1], "b.example")
	reach(t, b, next, "b.example", "bot.example")
	reach(t, next, b, "bot.example", "b.example")
	next.End()
	again := dial(t, n[1], "bot.example")
	reach(t, a, again, "a.example", "bot.example")
	time.Sleep(7 * time.Second) // longer than the lease: it is renewed
	reach(t, a, again, "a.example", "bot.example")
	for _, w := range n {
		if log := w.Log(); strings.Contains(log, "ermissions") || strings.Contains(log, "lease has ended") {
			t.Errorf("the log tells of something that was not allowed, or went wrong: %s", log)
		}
	}
	speakForAnother(t, server.Address, creds[0], nodeName(0), nodeName(1))
}

// speakForAnother holds that a node's credentials do not let anybody send frames as another node, or read another's.
func speakForAnother(t *testing.T, server, creds, self, other string) {
	t.Helper()
	refused := make(chan error, 10)
	nc, err := nats.Connect("nats://"+server, nats.UserCredentials(creds),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for what, try := range map[string]func() error{
		"publishing as another": func() error { return nc.Publish("xp.n."+self+"."+other+".0", []byte("x")) },
		"reading another's":     func() error { _, err := nc.SubscribeSync("xp.n." + other + ".*.0"); return err },
	} {
		if err := try(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-refused:
			if !strings.Contains(strings.ToLower(err.Error()), "permissions violation") {
				t.Errorf("%s: %v", what, err)
			}
		case <-time.After(patience):
			t.Errorf("%s was not refused", what)
		}
	}
}
