// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"time"

	"weir/internal/cluster/link"
	"weir/internal/cluster/registry"
)

// fenced is a bus that takes no stanzas while the node holds no lease. It is asked
// for each frame, at the last moment: a node that was frozen may wake up anywhere.
type fenced struct {
	link.Bus
	valid func() bool
}

// Publish implements link.Bus.
func (f *fenced) Publish(to link.NodeID, channel uint8, frame []byte) error {
	if channel != link.Control && !f.valid() {
		return link.ErrRefused
	}
	return f.Bus.Publish(to, channel, frame)
}

// leaseLook is how often the lease is looked at, for what is not done at each frame.
const leaseLook = 100 * time.Millisecond

// watchLease ends the streams of names that may be another node's by now, and the
// links that may be, and lets go on what has waited when the lease is back.
func (n *Node) watchLease() {
	tick := time.NewTicker(leaseLook)
	defer tick.Stop()
	for was := false; ; {
		select {
		case <-n.ctx.Done():
			return
		case <-tick.C:
		}
		is := n.registry.Valid()
		if is != was && !n.ServeLocal {
			n.Hub.CutOff(!is)
		}
		if is {
			n.goOn()
		} else if was && n.Scope == registry.ByCluster && !n.ServeLocal {
			n.count.fenced.Add(1)
			n.Hub.Fence()
		}
		was = is
	}
}
