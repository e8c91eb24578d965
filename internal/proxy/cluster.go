// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"weir/internal/cluster"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/registry"
	"weir/internal/config"
	"weir/table"
)

// elsewhere is what other nodes serve; nil without a cluster.
func elsewhere(c *config.Config) *directory.Directory {
	if !c.Cluster.Multiple() {
		return nil
	}
	node := c.Cluster.Node
	if node == "" {
		node = randomNode()
	}
	return directory.New(directory.Peer{Node: directory.Node(node), Incarnation: random64()})
}

// randomNode is a name for a node that was given none.
func randomNode() string {
	b := make([]byte, 7)
	_, _ = rand.Read(b) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))[:10]
}

// random64 is never 0.
func random64() uint64 {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return binary.BigEndian.Uint64(b) | 1
}

// joinCluster makes this process a node, if it is to be one.
func (p *Proxy) joinCluster(c *config.Config) error {
	if p.elsewhere == nil {
		return nil
	}
	k := &c.Cluster
	o := cluster.Options{
		Self: p.elsewhere.Self(), Version: p.version, Log: p.log, Hub: p.hub, Engine: p.engine, Dir: p.elsewhere,
		ServeLocal: k.ServeLocal,
		LeaseTTL:   k.LeaseTTL, LeaseRefresh: k.LeaseRefresh, LeaseMargin: k.LeaseMargin, RegistryTimeout: k.RegistryTimeout,
		StanzaBytes: largestStanza(c),
	}
	if k.ScopeCluster {
		o.Scope = registry.ByCluster
	}
	if k.Strict {
		o.Takeover = registry.Strict
	}
	n, err := cluster.Open(cluster.Transport{
		Embedded: k.Mode == config.ClusterEmbedded,
		Name:     k.Name, Listen: k.Listen, Advertise: k.Advertise, Peers: k.Peers, StoreDir: k.StoreDir,
		Replicas: replicas(k), TLS: k.TLS.Config,
		Servers: k.Servers, Credentials: k.Credentials, Bucket: k.Bucket, Existing: k.Existing,
	}, o)
	if err != nil {
		return err
	}
	p.cluster = n
	// Instances of different nodes are told apart by their IDs, and so are those of
	// one node before and after it was started anew.
	p.hub.SetCluster(n, random64()>>1)
	p.joining.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), joinTimeout)
		defer cancel()
		switch err := n.Start(ctx); {
		case err == nil:
			p.log.Info("this node is in the cluster", "node", string(o.Self.Node), "mode", k.Mode)
		case errors.Is(err, context.DeadlineExceeded):
			p.log.Warn("the cluster cannot be joined yet: too few nodes, or no way to them; trying on", "node", string(o.Self.Node))
		default:
			p.log.Error("the cluster cannot be joined", "error", err)
		}
	})
	return nil
}

// joinTimeout is after how long a cluster that cannot be joined is worth a warning.
const joinTimeout = 15 * time.Second

// replicas is how many servers keep the table.
func replicas(k *config.Cluster) int {
	if k.Mode == config.ClusterNATS {
		return k.Replicas
	}
	return min(max(len(k.Peers), 1), 3)
}

// largestStanza is the largest that any listener takes, or that comes from a server:
// it must be able to go to another node.
func largestStanza(c *config.Config) int {
	most := 0
	for i := range c.Listeners {
		most = max(most, c.Listeners[i].MaxStanzaSize)
	}
	for i := range c.Upstreams {
		most = max(most, c.Upstreams[i].MaxStanzaSize)
	}
	return most
}

// leaveCluster leaves it in good order, while the loops still work.
func (p *Proxy) leaveCluster() {
	if p.cluster != nil {
		p.cluster.Stop()
		p.joining.Wait()
	}
}

// items are the names of all components, for service discovery.
func (p *Proxy) items(yield func(name string, hidden bool) bool) {
	more := true
	p.hub.Table.Each(func(n *table.Name) bool {
		more = yield(n.Text, n.Set().Hidden())
		return more
	})
	if p.elsewhere == nil || !more {
		return
	}
	p.elsewhere.Each(func(n *directory.Name) bool {
		return p.hub.Table.Lookup([]byte(n.Text)) != nil || yield(n.Text, n.Set().Hidden())
	})
}
