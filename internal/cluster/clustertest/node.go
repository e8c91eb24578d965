// SPDX-License-Identifier: Apache-2.0

package clustertest

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/registry"
	"weir/table"
)

// Times of a test's leases: whole seconds are the least a store can do, and a busy
// machine must not end one that nobody wants to end.
const (
	leaseTTL     = 5 * time.Second
	leaseRefresh = 500 * time.Millisecond
	leaseMargin  = time.Second
)

// node is one node of a test.
type node struct {
	*registry.Registry
	dir *directory.Directory

	mu      sync.Mutex
	evicted []uint64
	ended   []directory.Peer
}

// opts change what a node is made with.
type opts func(*registry.Options)

func scope(s registry.Scope) opts { return func(o *registry.Options) { o.Scope = s } }

var lastID atomic.Uint64

// nextID is an instance ID that no other test's instance has.
func nextID() uint64 { return lastID.Add(1) }

// newNode starts a node with a name made of one letter.
func newNode(t *testing.T, w *World, letter byte, change ...opts) *node {
	t.Helper()
	return newNodeAt(t, w, w.Open(t), letter, change...)
}

func newNodeAt(t *testing.T, w *World, s registry.Store, letter byte, change ...opts) *node {
	t.Helper()
	self := directory.Peer{Node: directory.Node(bytes.Repeat([]byte{letter}, 10)), Incarnation: rand.Uint64() | 1}
	return startNode(t, w, s, self, change...)
}

func startNode(t *testing.T, w *World, s registry.Store, self directory.Peer, change ...opts) *node {
	t.Helper()
	n := &node{dir: directory.New(self)}
	o := registry.Options{
		Self: self, Store: s, Directory: n.dir, Log: slog.New(slog.DiscardHandler),
		Now: w.Now, Scope: registry.ByCluster, TTL: leaseTTL, Refresh: leaseRefresh, Margin: leaseMargin,
		Evicted: func(_ string, id uint64) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.evicted = append(n.evicted, id)
		},
		Ended: func(p directory.Peer) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.ended = append(n.ended, p)
		},
	}
	for _, c := range change {
		c(&o)
	}
	n.Registry = registry.New(o)
	t.Cleanup(n.Stop)
	if err := n.Start(soon(t)); err != nil {
		t.Fatalf("starting node %s: %v", self.Node, err)
	}
	return n
}

// meet waits until all know each other.
func meet(t *testing.T, nodes ...*node) {
	t.Helper()
	for _, n := range nodes {
		for _, o := range nodes {
			await(t, "the nodes know each other", func() bool { return n.dir.Lives(o.Self) })
		}
	}
}

func (n *node) claim(t *testing.T, name string, policy table.Policy) (uint64, error) {
	t.Helper()
	id := nextID()
	_, err := n.Claim(soon(t), registry.Request{Name: name, ID: id, Policy: policy})
	return id, err
}

func (n *node) mustClaim(t *testing.T, name string, policy table.Policy) uint64 {
	t.Helper()
	id, err := n.claim(t, name, policy)
	if err != nil {
		t.Fatalf("%s on node %s: %v", name, n.Self.Node, err)
	}
	return id
}

func (n *node) wasEvicted(id uint64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Contains(n.evicted, id)
}

func (n *node) sawEnd(p directory.Peer) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Contains(n.ended, p)
}

// sees says whether the node knows that an instance elsewhere serves a name.
func (n *node) sees(name string, id uint64) bool {
	d := n.dir.Lookup([]byte(name))
	return d != nil && d.Set().ByID(id) != nil
}

// asks connects nodes, so that each can ask the others after a holder of theirs.
func asks(nodes ...*node) {
	for _, n := range nodes {
		n.Options.Ask = func(_ context.Context, h directory.Holder, name string) registry.Life {
			for _, o := range nodes {
				switch {
				case o.Self != h.Peer:
				case o.Serves(name, h.ID):
					return registry.Serves
				default:
					return registry.Denies
				}
			}
			return registry.NotThere
		}
	}
}

// oldest is the node with the oldest claim of a name that others have too; empty
// before all of that is known.
func (n *node) oldest(name string) directory.Node {
	d := n.dir.Lookup([]byte(name))
	if d == nil || d.Set().First() == nil || d.Set().Ours == 0 {
		return ""
	}
	if set := d.Set(); set.Ours > set.First().Epoch {
		return set.First().Node
	}
	return n.Self.Node
}
