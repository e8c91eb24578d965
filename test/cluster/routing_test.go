// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// TestAcross: a component on one node talks to one on another, both ways, in order.
func TestAcross(t *testing.T) {
	n := nodes(t, 3, "", listener)
	a, b := dial(t, n[0], "a.example"), dial(t, n[1], "b.example")
	reach(t, a, b, "a.example", "b.example")
	reach(t, b, a, "b.example", "a.example")

	var all strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&all, "<message from='u@a.example/r' to='v@b.example' id='%d'><body>%s</body></message>", i, strings.Repeat("x", i%500))
	}
	a.Send(all.String())
	b.Expect(all.String())
	reach(t, b, a, "b.example", "a.example")
}

// TestOneNode: a cluster of one node is one.
func TestOneNode(t *testing.T) {
	n := nodes(t, 1, "", listener)
	a, b := dial(t, n[0], "a.example"), dial(t, n[0], "b.example")
	reach(t, a, b, "a.example", "b.example")
}

// TestNodeIsNotUpgraded: a node refuses to be upgraded in place before anything is started that could join in its name.
func TestNodeIsNotUpgraded(t *testing.T) {
	n := nodes(t, 1, "", listener)
	a, b := dial(t, n[0], "a.example"), dial(t, n[0], "b.example")
	n[0].Signal(syscall.SIGUSR2)
	n[0].WaitLog("a node of a cluster cannot be upgraded in place")
	if strings.Contains(n[0].Log(), "a new weir is started") {
		t.Error("a new weir was started")
	}
	reach(t, a, b, "a.example", "b.example")
}
