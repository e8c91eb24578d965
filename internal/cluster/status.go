// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"sync/atomic"
	"time"

	"weir/internal/cluster/link"
	"weir/internal/cluster/registry"
)

// counters are the node's own; the registry and the link have theirs.
type counters struct {
	sent, sentBytes, received atomic.Int64 // stanzas, and answers of ours
	tooMuch, nowhere          atomic.Int64 // refused at once
	unknown, undelivered      atomic.Int64 // given back by the link
	fenced                    atomic.Int64
}

// Status is how things stand.
type Status struct {
	Node        string
	Incarnation uint64
	Valid       bool          // it holds its lease, and acts
	LeaseLeft   time.Duration // not positive: it has ended
	Nodes       []Member      // that live, this one too
	Names       int           // that components on other nodes serve
	Claims      int           // names of our own
	Waiting     int           // batches that have come and are not written

	Sent, SentBytes, Received, TooMuch, Nowhere, Unknown, Undelivered int64

	Registry *registry.Counters
	Link     link.Stats
	Server   Server
}

// Member is one node of the cluster.
type Member struct {
	Node   string
	Self   bool
	Behind bool // it does not take what it is sent as fast as that comes
	Away   bool // it does not answer, though it holds its lease
}

// Server is the NATS server inside this process; zero without one.
type Server struct {
	Embedded      bool
	Servers       int // others that it is joined to
	SlowConsumers int64
	Stalled       int64
}

// Status says how things stand.
func (n *Node) Status() Status {
	s := Status{
		Node: string(n.Self.Node), Incarnation: n.Self.Incarnation,
		Valid: n.registry.Valid(), LeaseLeft: n.registry.LeaseLeft(),
		Names: n.Dir.Len(), Claims: n.registry.Claims(), Waiting: n.places.waiting(),
		Sent: n.count.sent.Load(), SentBytes: n.count.sentBytes.Load(), Received: n.count.received.Load(),
		TooMuch: n.count.tooMuch.Load(), Nowhere: n.count.nowhere.Load(),
		Unknown: n.count.unknown.Load(), Undelivered: n.count.undelivered.Load(),
		Registry: &n.registry.Count, Link: n.link.Stats(),
	}
	if n.ServerStats != nil {
		s.Server = n.ServerStats()
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, p := range n.Dir.Nodes() {
		s.Nodes = append(s.Nodes, Member{Node: string(p.Node), Self: p == n.Self, Behind: n.behind[p], Away: n.away[p]})
	}
	return s
}

// Ready says whether components can be given names.
func (n *Node) Ready() bool { return n.registry.Valid() }
