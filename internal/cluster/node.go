// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/internal/cluster/link"
	"weir/internal/cluster/registry"
	"weir/internal/session"
)

// Node is this node among the others.
type Node struct {
	Options
	registry *registry.Registry
	link     *link.Link
	places   places
	count    counters

	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	lookMu sync.Mutex
	looked map[string]bool // names that have just been looked up

	waitMu  sync.Mutex
	waiting []arrived // what came while we held no lease

	mu     sync.RWMutex
	behind map[directory.Peer]bool // nodes whose queue is half full
	away   map[directory.Peer]bool // nodes that do not answer
}

var _ session.Cluster = (*Node)(nil)

// New makes a node, and takes part in nothing yet.
func New(o Options) (*Node, error) {
	n := &Node{Options: o, behind: map[directory.Peer]bool{}, away: map[directory.Peer]bool{}, looked: map[string]bool{}}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	n.places.init()
	n.registry = registry.New(registry.Options{
		Self: o.Self, Version: o.Version, Store: o.Store, Directory: o.Dir, Log: o.Log,
		Scope: o.Scope, Takeover: o.Takeover, TTL: o.LeaseTTL, Refresh: o.LeaseRefresh, Margin: o.LeaseMargin,
		Ask: n.ask, Evicted: o.Hub.Evict, Ended: n.ended,
	})
	var err error
	n.link, err = link.New(link.Options{
		Self: inLink(o.Self), Bus: &fenced{Bus: o.Bus, valid: n.registry.Valid}, StanzaBytes: o.StanzaBytes + envelope.Max,
		Deliver: n.deliver, Lost: n.lost, Late: n.late,
		Stalled:     func(p link.Peer) { n.mark(n.behind, p, true) },
		Opened:      n.opened,
		Unreachable: n.unreachable,
		Reachable:   func(p link.Peer) { n.mark(n.away, p, false) },
		Log:         o.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	return n, nil
}

// Start takes the node's place among the others. It returns when that is done, or
// when the context is; then it goes on trying.
func (n *Node) Start(ctx context.Context) error {
	if err := n.Asker.Serve(n.answer); err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	n.done.Go(n.watchLease)
	if n.Takeover == registry.Fast {
		n.done.Go(n.watchKeepers)
	}
	return n.registry.Start(ctx)
}

// What leaving in good order takes at most. Each has its own time: what another node
// does not take, as a component of its does not read, must not keep our lease.
const (
	arriveTimeout = 3 * time.Second // what is under way to others is taken, or given up
	returnTimeout = 2 * time.Second // our names and the lease are given back
)

// Stop leaves the cluster: what is on its way arrives first, for a bounded time.
func (n *Node) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), arriveTimeout)
	_ = n.link.Drain(ctx) // what is left then is reported by Close
	cancel()
	n.cancel()
	ctx, cancel = context.WithTimeout(context.Background(), returnTimeout)
	defer cancel()
	n.registry.Leave(ctx)
	n.link.Close()
	n.done.Wait()
	if n.Options.Close != nil {
		n.Options.Close()
	}
}

// ended: a run of a node lives no more.
func (n *Node) ended(p directory.Peer) {
	n.mark(n.away, inLink(p), false)
	n.mark(n.behind, inLink(p), false)
	// What it has not acknowledged is answered; that is work of the link's own.
	n.done.Go(func() { n.link.PeerGone(inLink(p)) })
}

// unreachable: a node does not answer. If the watch has gone with it, we would go
// on sending there what others have taken over.
func (n *Node) unreachable(p link.Peer) {
	n.mark(n.away, p, true)
	n.registry.Rewatch()
}

func (n *Node) mark(set map[directory.Peer]bool, p link.Peer, on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if on {
		set[inDirectory(p)] = true
	} else {
		delete(set, inDirectory(p))
	}
}

func (n *Node) opened(p link.Peer) {
	n.mark(n.behind, p, false)
	n.Hub.PeerOpened(inDirectory(p))
}

func inLink(p directory.Peer) link.Peer {
	return link.Peer{Node: link.NodeID(p.Node), Incarnation: p.Incarnation}
}

func inDirectory(p link.Peer) directory.Peer {
	return directory.Peer{Node: directory.Node(p.Node), Incarnation: p.Incarnation}
}

// Directory implements session.Cluster.
func (n *Node) Directory() *directory.Directory { return n.Dir }

// Epoch implements session.Cluster.
func (n *Node) Epoch(name string, id uint64) (uint64, bool) { return n.registry.Epoch(name, id) }

// Changes implements session.Cluster.
func (n *Node) Changes() uint64 { return n.Dir.Changes() + n.registry.Changes() }

// Outdated implements session.Cluster. Only what is known to be newer counts: what
// others have may be news to us. Where a name is served on many nodes there is no
// newer one.
func (n *Node) Outdated(name []byte, c session.Origin) bool {
	if !n.Dir.Lives(c.Peer) {
		if run, ok := n.Dir.Run(c.Peer.Node); ok && run != c.Peer {
			return true // of a run before this one
		}
	}
	if c.Epoch == 0 || n.Scope == registry.ByNode {
		return false
	}
	if e, ok := n.registry.Newest(string(name)); ok && e > c.Epoch {
		return true
	}
	d := n.Dir.Lookup(name)
	if d == nil {
		return false
	}
	set := d.Set()
	first := set.First()
	return first != nil && !first.Balance && set.ByID(c.ID) == nil && first.Epoch > c.Epoch
}
