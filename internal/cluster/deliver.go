// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"hash/fnv"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/link"
	"weir/internal/session"
)

// arrived is a batch that came while this node must not act.
type arrived struct {
	from  link.Peer
	batch *link.Batch
}

// deliver is the link's: a batch has come. Without a lease it waits: what we would
// do with it may be another node's by now, and is known when the lease is back.
func (n *Node) deliver(from link.Peer, b *link.Batch) {
	n.waitMu.Lock()
	if len(n.waiting) > 0 || !n.registry.Valid() {
		n.waiting = append(n.waiting, arrived{from, b})
		n.waitMu.Unlock()
		return
	}
	n.waitMu.Unlock()
	n.bring(from, b)
}

// late is the link's: a batch holds up what comes behind it. One that waits in our
// queues is ours to answer from now on. One that waits for our lease is not: nothing
// more may come until it is back, or what waits would have no bound.
func (n *Node) late(_ link.Peer, b *link.Batch) {
	if n.registry.Valid() {
		b.Release()
	}
}

// goOn brings what has waited.
func (n *Node) goOn() {
	n.waitMu.Lock()
	defer n.waitMu.Unlock()
	for _, a := range n.waiting {
		n.bring(a.from, a.batch)
	}
	n.waiting = nil
}

// bring gives a batch to the loop of its lane: batches of one lane stay in order.
func (n *Node) bring(from link.Peer, b *link.Batch) {
	n.count.received.Add(int64(b.Len()))
	h := fnv.New32a()
	h.Write([]byte(from.Node))
	loops := n.Engine.Loops()
	l := loops[(int(h.Sum32()>>16)+int(b.Lane()))%len(loops)]
	src, waited := n.places.take(from, b, b.Len()+1)
	l.Post(func() {
		lo := l.Local.(*session.Local)
		a := session.Arrival{From: inDirectory(from), Src: src}
		b.Each(func(epoch uint64, message []byte) {
			a.Epoch, a.Bytes = epoch, message
			lo.Arrive(a)
		})
		if waited {
			n.Settle(src) // that it has been gone through
		} else {
			b.Done()
		}
	})
}

// From implements session.Cluster.
func (n *Node) From(src uint32) directory.Peer { return n.places.from(src) }

// Place implements session.Cluster.
func (n *Node) Place(src uint32) session.Place { return session.Place(n.places.place(src)) }

// Reported implements session.Cluster.
func (n *Node) Reported(by directory.Peer, p session.Place) bool {
	return n.link.Reported(inLink(by), link.Place(p))
}

// Settle implements session.Cluster.
func (n *Node) Settle(src uint32) {
	if b := n.places.settle(src); b != nil {
		b.Done()
	}
}
