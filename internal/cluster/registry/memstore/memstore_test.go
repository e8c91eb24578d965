// SPDX-License-Identifier: Apache-2.0

package memstore_test

import (
	"testing"
	"time"

	"weir/internal/cluster/clustertest"
	"weir/internal/cluster/registry"
	"weir/internal/cluster/registry/memstore"
)

func world(faults memstore.Faults, rounds int) func(t *testing.T) *clustertest.World {
	return func(*testing.T) *clustertest.World {
		s := memstore.NewServer()
		seed := uint64(0)
		return &clustertest.World{
			Rounds: rounds,
			Open: func(*testing.T) registry.Store {
				seed++
				c := memstore.NewClient(s, seed)
				c.SetFaults(faults)
				return c
			},
			Forget: func(*testing.T) { s.Forget() },
		}
	}
}

func rounds(all int) int {
	if testing.Short() {
		return all / 20
	}
	return all
}

func TestStore(t *testing.T) { clustertest.StoreInBubble(t, world(memstore.Faults{}, 0)) }

func TestRegistry(t *testing.T) {
	clustertest.RegistryInBubble(t, world(memstore.Faults{}, rounds(10_000)))
}

// The same with everything going wrong now and then.
func TestRegistryWithFaults(t *testing.T) {
	clustertest.RegistryInBubble(t, world(memstore.Faults{
		Delay: 2 * time.Millisecond, Drop: 0.02, LostAck: 0.02, Busy: 0.05,
	}, rounds(400)))
}
