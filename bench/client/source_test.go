// SPDX-License-Identifier: Apache-2.0

package client

import (
	"net/netip"
	"testing"
)

func TestSourceAddresses(t *testing.T) {
	loop, lan := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("192.0.2.1")
	for _, c := range []struct {
		to   netip.Addr
		i    int
		want string
	}{
		{loop, 0, "invalid IP"}, {loop, portsPerSource - 1, "invalid IP"},
		{loop, portsPerSource, "127.0.1.1"}, {loop, 300 * portsPerSource, "127.0.2.44"},
		{lan, 5 * portsPerSource, "invalid IP"},
	} {
		if got := source(c.to, c.i).String(); got != c.want {
			t.Errorf("connection %d to %s: %s, want %s", c.i, c.to, got, c.want)
		}
	}
	if checkSources(lan, portsMost+1) == nil || checkSources(loop, 10*portsPerSource) != nil {
		t.Error("wrong idea of how many connections are possible")
	}
}
