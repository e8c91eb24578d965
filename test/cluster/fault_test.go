// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// unknownWithin is what is promised to who asked a node that has died with the
// question: an answer, so long after at the latest. The rest is for a busy machine.
const unknownWithin = 6*time.Second + 4*time.Second

// backWithin is less than a lease lasts, whose end would give the name free too. What
// is promised is 10 s at most; the rest is for a busy machine.
const backWithin = 28 * time.Second

// TestKilledNode: other pairs lose nothing; who has asked the dead node is told that
// nobody knows; its components come back elsewhere at once.
func TestKilledNode(t *testing.T) {
	n := nodes(t, 3, `scope = "cluster"`, listener)
	a, b, dead := dial(t, n[0], "a.example"), dial(t, n[1], "b.example"), dial(t, n[2], "dead.example")
	near := dial(t, n[0], "near.example")
	reach(t, a, b, "a.example", "b.example")
	reach(t, a, dead, "a.example", "dead.example")

	n[2].Signal(syscall.SIGSTOP) // so that what is asked is on its way when it dies
	const asked = 50
	var questions strings.Builder
	for i := range asked {
		fmt.Fprintf(&questions, "<iq type='get' from='a.example' to='dead.example' id='d%d'><q xmlns='urn:q'/></iq>", i)
	}
	questions.WriteString("<presence from='a.example' to='dead.example'/><message type='error' from='a.example' to='dead.example'/>")
	last := "<message from='a.example' to='near.example'/>"
	a.Send(questions.String() + last)
	near.Expect(last) // then they have been read
	kill(n[2])
	killed := time.Now()

	seen := map[string]bool{}
	for len(seen) < asked {
		// What was taken a moment before is not acknowledged either.
		m := a.ExpectMatch(`<(?:iq|message) from='dead.example' to='a.example' id='(d\d+|reach\d+)' type='error'><error type='wait'><remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>(<text [^>]*>delivery unknown</text>)?</error></(?:iq|message)>`)
		if strings.HasPrefix(m[1], "reach") {
			continue
		}
		if seen[m[1]] {
			t.Fatalf("%s was answered twice", m[1])
		}
		seen[m[1]] = true
	}
	if d := time.Since(killed); d > unknownWithin {
		t.Errorf("the last answer came after %s", d)
	} else {
		t.Logf("the last answer came after %s", d)
	}
	// The components of the dead node come back. If it led the table's servers, they
	// choose another one first, which takes them up to 9 s.
	back := xmpptest.DialWhenFree(t, n[1].Addr(), "dead.example", secret)
	t.Logf("the name could be had again after %s", time.Since(killed))
	if d := time.Since(killed); d > backWithin {
		t.Errorf("the name could be had again after %s", d)
	}
	reach(t, a, back, "a.example", "dead.example")
	reach(t, b, a, "b.example", "a.example")
}

func kill(w *xmpptest.Weir) {
	w.Signal(syscall.SIGKILL)
	w.Wait()
}

// TestOtherPairsWhileANodeDies: none of their stanzas is lost, doubled or reordered.
func TestOtherPairsWhileANodeDies(t *testing.T) {
	long(t)
	n := nodes(t, 3, "", listener)
	a, b := dial(t, n[0], "a.example"), dial(t, n[1], "b.example")
	reach(t, a, b, "a.example", "b.example")
	const rounds, each = 40, 200
	for round := range rounds {
		if round == rounds/2 {
			kill(n[2])
		}
		var all strings.Builder
		for i := range each {
			fmt.Fprintf(&all, "<message from='a.example' to='b.example' id='%d-%d'/>", round, i)
		}
		a.Send(all.String())
		b.Expect(all.String())
	}
}

// TestFrozenNode: a node that is frozen for 10 s and wakes up delivers nothing for
// names that others have got meanwhile, and its component learns that it has lost
// its own.
func TestFrozenNode(t *testing.T) {
	long(t)
	n := nodes(t, 3, `scope = "cluster"`, withPolicy("kick_old"))
	a, old := dial(t, n[0], "a.example"), dial(t, n[2], "bot.example")
	reach(t, a, old, "a.example", "bot.example")
	n[2].Signal(syscall.SIGSTOP)
	frozen := time.Now()
	next := xmpptest.DialWhenFree(t, n[1].Addr(), "bot.example", secret) // the frozen one may have led the servers
	reach(t, a, next, "a.example", "bot.example")
	time.Sleep(time.Until(frozen.Add(10 * time.Second)))
	n[2].Signal(syscall.SIGCONT)
	old.ExpectMatch(`<stream:error>(<conflict|<system-shutdown) .*</stream:error></stream:stream>`)
	for range 20 {
		reach(t, a, next, "a.example", "bot.example")
	}
	n[2].WaitLog("this node is in the cluster again|this node is in the cluster")
	c := dial(t, n[2], "c.example")
	reach(t, c, next, "c.example", "bot.example")
}

// TestAloneOfThree: the minority of a partition. Nobody is given a name there; with
// scope = "cluster" its components are sent away when the lease has ended, to come
// back elsewhere; by node, and with partition = "serve-local", they stay.
func TestAloneOfThree(t *testing.T) {
	long(t)
	for _, tt := range []struct {
		name, keys string
		stays      bool
	}{
		{"by node", `scope = "node"`, true},
		{"by cluster", `scope = "cluster"`, false},
		{"by cluster, serving on", "scope = \"cluster\"\npartition = \"serve-local\"", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := nodes(t, 3, tt.keys+fastLease+"registry_timeout = \"2s\"\n", listener)
			a, b := dial(t, n[0], "a.example"), dial(t, n[0], "b.example")
			reach(t, a, b, "a.example", "b.example")
			kill(n[1])
			kill(n[2])
			n[0].WaitLog("this node's lease has ended")
			if tt.stays {
				reach(t, a, b, "a.example", "b.example")
			} else {
				a.ExpectStreamErrorWithText("system-shutdown")
				b.ExpectStreamErrorWithText("system-shutdown")
			}
			c := xmpptest.Connect(t, n[0].Addr())
			c.Open("c.example")
			c.SendHandshake(secret)
			c.ExpectStreamErrorWithText("resource-constraint")
		})
	}
}
