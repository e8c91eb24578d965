// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"testing"

	"weir/internal/cluster/link"
	"weir/internal/cluster/link/linktest"
)

func TestMemoryBus(t *testing.T) {
	networks := map[testing.TB]*linktest.Network{}
	linktest.TestBus(t, func(t testing.TB, id link.NodeID) link.Bus {
		if networks[t] == nil {
			networks[t] = linktest.NewNetwork(1)
		}
		return networks[t].Bus(id)
	})
}
