// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"strings"
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
