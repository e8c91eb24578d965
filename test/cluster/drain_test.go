// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/internal/cluster/natsd/natsdtest"
	"weir/internal/tlsconf/tlstest"
	"weir/internal/xmpptest"
)

// TestDrainedNode: a node is told to leave. The first of its components to be sent away
// has its name on another node at the first try, while the node it came from goes on
// serving the other one: of what that one sends nothing is lost or reordered.
func TestDrainedNode(t *testing.T) {
	long(t)
	// One loop, so that they are sent away one after the other: after 12 s, and 24 s.
	n := nodes(t, 3, `scope = "cluster"`, listener+"[engine]\nloops = 1\ndrain_window = \"24s\"\n")
	on := map[string]*xmpptest.Peer{"one.example": dial(t, n[2], "one.example"), "two.example": dial(t, n[2], "two.example")}
	a, b := dial(t, n[0], "a.example"), dial(t, n[1], "b.example")
	for name, p := range on {
		reach(t, a, p, "a.example", name)
		reach(t, p, b, name, "b.example")
	}
	n[2].Signal(syscall.SIGTERM)
	first, last := "one.example", "two.example"
	for end := time.Now().Add(patience); !on[first].Received(); first, last = last, first {
		if time.Now().After(end) {
			t.Fatal("nobody is sent away")
		}
	}
	on[first].ExpectStreamErrorWithText("system-shutdown")
	for i := range 200 {
		if i == 100 {
			on[first] = dial(t, n[1], first)
		}
		m := fmt.Sprintf("<message from='%s' to='b.example' id='%d'/>", last, i)
		on[last].Send(m)
		b.Expect(m)
	}
	if strings.Contains(n[0].Log(), "a node has left the cluster") {
		t.Error("the node had left before its component had its name elsewhere")
	}
	reach(t, a, on[first], "a.example", first)
	on[last].ExpectStreamErrorWithText("system-shutdown")
	on[last] = dial(t, n[0], last)
	if status := n[2].Wait(); status != 0 {
		t.Errorf("the node's exit status is %d", status)
	}
	n[0].WaitLog("a node has left the cluster")
	reach(t, on[first], on[last], first, last)
}

// TestRoutesWithMutualTLS: nodes whose certificates are of one authority are a cluster;
// one with another authority's is not let in, and is given no names.
func TestRoutesWithMutualTLS(t *testing.T) {
	long(t)
	ours, theirs := tlstest.NewCA(t, t.TempDir(), "ours"), tlstest.NewCA(t, t.TempDir(), "theirs")
	peers := natsdtest.Ports(t, 4)
	for i := range peers {
		peers[i] = strings.Replace(peers[i], "127.0.0.1", "localhost", 1)
	}
	start := func(i int, peers []string, ca *tlstest.CA) *xmpptest.Weir {
		c := ca.Issue(nodeName(i), tlstest.Want{DNS: []string{"localhost"}})
		return xmpptest.StartWeir(t, embedded(i, peers, fmt.Sprintf("scope = \"cluster\"\nregistry_timeout = \"2s\"\ncertfile = %q\nkeyfile = %q\ncacertfile = %q\n",
			c.CertFile, c.KeyFile, ca.File))+listener)
	}
	n := []*xmpptest.Weir{start(0, peers[:3], ours), start(1, peers[:3], ours), start(2, peers[:3], ours)}
	stranger := start(3, peers, theirs)
	for _, w := range n {
		w.WaitLog("this node is in the cluster")
	}
	a, b := dial(t, n[0], "a.example"), dial(t, n[1], "b.example")
	reach(t, a, b, "a.example", "b.example")
	reach(t, b, a, "b.example", "a.example")

	c := xmpptest.Connect(t, stranger.Addr())
	c.Open("c.example")
	c.SendHandshake(secret)
	c.ExpectStreamErrorWithText("resource-constraint")
}
