// SPDX-License-Identifier: Apache-2.0

//go:build !nocluster

package link_test

import (
	"testing"

	"weir/internal/cluster/link"
	"weir/internal/cluster/link/linktest"
	"weir/internal/cluster/natsd"
	"weir/internal/cluster/natsd/natsdtest"
)

func dial(t testing.TB, id link.NodeID, s *natsd.Server) link.Bus {
	t.Helper()
	b, err := link.DialNATS(link.Dial{Self: id, InProcess: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func TestNATSBusOnOneServer(t *testing.T) {
	s := natsdtest.One(t)
	linktest.TestBus(t, func(t testing.TB, id link.NodeID) link.Bus { return dial(t, id, s) })
}

func TestNATSBusOnThreeServers(t *testing.T) {
	servers := natsdtest.Cluster(t, 3, nil)
	n := 0
	linktest.TestBus(t, func(t testing.TB, id link.NodeID) link.Bus {
		n++
		return dial(t, id, servers[n%3])
	})
}
