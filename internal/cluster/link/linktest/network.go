// SPDX-License-Identifier: Apache-2.0

package linktest

import (
	"math/rand/v2"
	"sync"
	"time"

	"weir/internal/cluster/link"
)

// Faults are what happens to frames on their way; shares are from 0 to 1.
type Faults struct {
	Drop      float64
	Duplicate float64
	Reorder   float64       // swapped with the one before it, if that has not arrived yet
	Corrupt   float64       // one bit turned
	Delay     time.Duration // at most
}

// Network joins buses in memory.
type Network struct {
	mu     sync.Mutex
	random *rand.Rand
	faults Faults
	buses  map[link.NodeID]*bus
	cut    map[[2]link.NodeID]bool // from, to

}

// maxFrame is as large as on a NATS server with its defaults.
const maxFrame = 1 << 20

// NewNetwork makes a network without faults.
func NewNetwork(seed uint64) *Network {
	return &Network{
		random: rand.New(rand.NewPCG(seed, 0)),
		buses:  map[link.NodeID]*bus{}, cut: map[[2]link.NodeID]bool{},
	}
}

// Bus gives the bus of a node. A node that is started again gets another.
func (n *Network) Bus(id link.NodeID) link.Bus { return &bus{n: n, id: id, pipes: map[way]*pipe{}} }

// SetFaults has these faults from now on.
func (n *Network) SetFaults(f Faults) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults = f
}

// Cut loses everything from one node to another, without a word; Heal ends it. The other direction is cut on its own.
func (n *Network) Cut(from, to link.NodeID)  { n.setCut(from, to, true) }
func (n *Network) Heal(from, to link.NodeID) { n.setCut(from, to, false) }

func (n *Network) setCut(from, to link.NodeID, cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut[[2]link.NodeID{from, to}] = cut
}

// Kill takes a node away: nothing comes to it or from it any more, and who sends to it is told that nobody is there.
func (n *Network) Kill(id link.NodeID) {
	n.mu.Lock()
	b := n.buses[id]
	delete(n.buses, id)
	n.mu.Unlock()
	if b != nil {
		b.dead.Store(true)
	}
}

// Freeze has a node receive nothing for now, as when its process is stopped; what is sent to it waits. Thaw goes on.
func (n *Network) Freeze(id link.NodeID) { n.bus(id).freeze(true) }
func (n *Network) Thaw(id link.NodeID)   { n.bus(id).freeze(false) }

// Detach takes a node's connection to the bus, Attach gives it back. What it sends meanwhile is refused.
func (n *Network) Detach(id link.NodeID) { n.bus(id).detach(true) }
func (n *Network) Attach(id link.NodeID) { n.bus(id).detach(false) }

func (n *Network) bus(id link.NodeID) *bus {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.buses[id]
}

// fate is what becomes of one frame.
type fate struct {
	copies  int
	reorder bool
	bit     int // to turn, -1: none
	delay   time.Duration
	to      *bus // nil: nobody
}

func (n *Network) decide(from, to link.NodeID, size int) fate {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := fate{copies: 1, bit: -1, to: n.buses[to]}
	if n.faults.Delay > 0 {
		f.delay = time.Duration(n.random.Int64N(int64(n.faults.Delay)))
	}
	if f.to == nil || f.to.detached.Load() {
		f.to = nil
		return f
	}
	switch roll := n.random.Float64(); {
	case n.cut[[2]link.NodeID{from, to}] || roll < n.faults.Drop:
		f.copies = 0
	case roll < n.faults.Drop+n.faults.Duplicate:
		f.copies = 2
	case roll < n.faults.Drop+n.faults.Duplicate+n.faults.Reorder:
		f.reorder = true
	case roll < n.faults.Drop+n.faults.Duplicate+n.faults.Reorder+n.faults.Corrupt:
		f.bit = n.random.IntN(size * 8)
	}
	return f
}
