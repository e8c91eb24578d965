// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"time"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/registry"
	"weir/table"
)

// keeperLook is how often those nodes are asked for a sign of life that hold links to
// servers for names of ours. Nothing else tells of one that dies while nobody has
// anything for it, and its links are ours to open then.
const keeperLook = time.Second

// watchKeepers takes nodes that nobody answers for out of the records of the names
// whose links they hold.
func (n *Node) watchKeepers() {
	tick := time.NewTicker(keeperLook)
	defer tick.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-tick.C:
		}
		for p, names := range n.keepers() {
			if n.ask(n.ctx, directory.Holder{Peer: p}, names[0].Text) != registry.NotThere {
				continue
			}
			expelled := 0
			for _, name := range names {
				if n.registry.Expel(name.Text, p) {
					expelled++
				}
			}
			if expelled > 0 { // else others have, or the store does not answer, and we look again
				n.Log.Warn("nobody answers for a node that holds links to servers; they are opened elsewhere", "node", string(p.Node), "names", expelled)
			}
		}
	}
}

// keepers are the nodes that hold links of names which components serve here, too, and
// those names. It is asked every second: of names that are served here only, or elsewhere
// only, there may be very many.
func (n *Node) keepers() map[directory.Peer][]*directory.Name {
	all := map[directory.Peer][]*directory.Name{}
	n.Hub.Table.Each(func(ours *table.Name) bool {
		if !ours.Elsewhere() || !n.Hub.KnownUp(ours.Text) {
			return true
		}
		if name := n.Dir.Lookup([]byte(ours.Text)); name != nil {
			set := name.Set()
			if first := set.First(); first != nil && set.Ours > first.Epoch {
				all[first.Peer] = append(all[first.Peer], name)
			}
		}
		return true
	})
	return all
}
