// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

func withPolicy(policy string) string {
	return listener + fmt.Sprintf("conflict_behaviour = %q\n", policy)
}

// TestConflictAcross: with scope = "cluster" a name is one component's, whatever
// the node, and free as soon as it has left.
func TestConflictAcross(t *testing.T) {
	n := nodes(t, 3, `scope = "cluster"`, withPolicy("disconnect"))
	a := dial(t, n[0], "bot.example")
	late := xmpptest.Connect(t, n[1].Addr())
	late.Open("bot.example")
	late.SendHandshake(secret)
	late.ExpectStreamError("conflict")
	for i := range 10 {
		a.End()
		a = dial(t, n[(i+1)%3], "bot.example")
	}
	a.Sync()
}

// TestSameNameByNode: with scope = "node" each node may have it, and a stanza goes
// to the one on its own; but an answer goes to who has asked.
func TestSameNameByNode(t *testing.T) {
	long(t)
	n := nodes(t, 3, `scope = "node"`, withPolicy("disconnect"))
	a, b := dial(t, n[0], "bot.example"), dial(t, n[1], "bot.example")
	x, y := dial(t, n[0], "x.example"), dial(t, n[1], "y.example")
	for range 5 {
		x.Send("<message from='x.example' to='bot.example' id='1'/>")
		a.Expect("<message from='x.example' to='bot.example' id='1'/>")
		y.Send("<message from='y.example' to='bot.example' id='2'/>")
		b.Expect("<message from='y.example' to='bot.example' id='2'/>")
	}
	z := dial(t, n[2], "z.example")
	for _, p := range []*xmpptest.Peer{a, b} { // to those that are not on its node
		for _, to := range []*xmpptest.Peer{x, y, z} {
			reach(t, p, to, "bot.example", to.Name)
		}
	}
	for i := range 3 {
		for _, to := range []*xmpptest.Peer{x, y, z} {
			for _, p := range []*xmpptest.Peer{a, b} { // with the same id, one after the other
				q := fmt.Sprintf("<iq type='get' from='bot.example' to='%s' id='q%d'><q xmlns='urn:q'/></iq>", to.Name, i)
				p.Send(q)
				to.Expect(q)
				r := fmt.Sprintf("<iq type='result' from='%s' to='bot.example' id='q%d'/>", to.Name, i)
				to.Send(r)
				p.Expect(r)
			}
		}
	}
	late := xmpptest.Connect(t, n[0].Addr())
	late.Open("bot.example")
	late.SendHandshake(secret)
	late.ExpectStreamError("conflict")
}

// TestKickOldAcross: the newcomer has the name, the old one on another node is
// told, and what is sent from a third node reaches the newcomer.
func TestKickOldAcross(t *testing.T) {
	scopes := []string{"node", "cluster"}
	if os.Getenv("WEIR_CLUSTER") == "" {
		scopes = scopes[:1]
	}
	for _, scope := range scopes {
		t.Run(scope, func(t *testing.T) {
			n := nodes(t, 3, fmt.Sprintf("scope = %q", scope), withPolicy("kick_old"))
			old := dial(t, n[0], "bot.example")
			x := dial(t, n[2], "x.example")
			reach(t, x, old, "x.example", "bot.example")
			next := dial(t, n[1], "bot.example")
			old.ExpectStreamErrorText("conflict", "Replaced by new connection")
			reach(t, x, next, "x.example", "bot.example")
		})
	}
}

// TestBalanceAcross: instances on all nodes take their share; one sender meets one
// instance from whatever node; an answer finds who asked.
func TestBalanceAcross(t *testing.T) {
	n := nodes(t, 3, `scope = "cluster"`, withPolicy("balance"))
	bots := []*xmpptest.Peer{dial(t, n[0], "bot.example"), dial(t, n[1], "bot.example")}
	x, y := dial(t, n[2], "x.example"), dial(t, n[0], "y.example")
	// Until each node knows of both a sender may meet another one: one sender of each
	// is followed until all have been met from everywhere.
	for _, from := range []*xmpptest.Peer{x, y} {
		met := map[int]bool{}
		for i := 0; len(met) < 2; i++ {
			m := fmt.Sprintf("<message from='%s' to='bot.example'/>", fmt.Sprintf("try%d@%s", i, map[*xmpptest.Peer]string{x: "x.example", y: "y.example"}[from]))
			from.Send(m)
			met[whoHas(t, bots, m)] = true
		}
	}
	got := map[string]int{}
	for i := range 40 {
		for _, from := range []struct {
			p    *xmpptest.Peer
			name string
		}{{x, "x.example"}, {y, "y.example"}} {
			m := fmt.Sprintf("<message from='u%d@%s' to='bot.example' id='%d'/>", i, from.name, i)
			from.p.Send(m)
			k := whoHas(t, bots, m)
			got[fmt.Sprint(k)]++
			from.p.Send(m)
			if again := whoHas(t, bots, m); again != k {
				t.Fatalf("u%d@%s met instance %d, then %d", i, from.name, k, again)
			}
		}
	}
	if got["0"] < 10 || got["1"] < 10 {
		t.Errorf("shares %v", got)
	}
	for _, b := range bots {
		reach(t, b, x, "bot.example", "x.example")
	}
	for i := range 20 {
		for k, b := range bots {
			id := fmt.Sprintf("q%d-%d", i, k)
			q := fmt.Sprintf("<iq type='get' from='bot.example' to='u%d@x.example' id='%s'><q xmlns='urn:q'/></iq>", i, id)
			b.Send(q)
			x.Expect(q)
			r := fmt.Sprintf("<iq type='result' from='u%d@x.example' to='bot.example' id='%s'/>", i, id)
			x.Send(r)
			b.Expect(r)
		}
	}
}

// whoHas waits until one of them has a stanza.
func whoHas(t *testing.T, bots []*xmpptest.Peer, m string) int {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for k, b := range bots {
			if b.Received() {
				b.Expect(m)
				return k
			}
		}
	}
	t.Fatalf("nobody has %s", m)
	return 0
}

// TestDiscoAcross: the components of all nodes are listed on each.
func TestDiscoAcross(t *testing.T) {
	long(t)
	n := nodes(t, 3, "", "[general]\nhosts = [\"example.com\"]\n"+listener)
	a, b := dial(t, n[0], "a.example"), dial(t, n[1], "b.example")
	reach(t, a, b, "a.example", "b.example")
	a.Send("<iq type='get' from='a.example' to='example.com' id='1'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>")
	got := a.ExpectMatch(`<iq [^>]*>.*?</iq>`)[0]
	for _, name := range []string{"a.example", "b.example"} {
		if !strings.Contains(got, "jid='"+name+"'") {
			t.Errorf("%s is not in %s", name, got)
		}
	}
}
