// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The words for Cluster.Mode.
const (
	ClusterNone     = "none"
	ClusterEmbedded = "embedded"
	ClusterNATS     = "nats"
)

// Cluster is [cluster].
type Cluster struct {
	Mode string // ClusterNone, ClusterEmbedded, ClusterNATS
	Node string // ten of a-z and 2-7; empty: another one at each start

	// Embedded.
	Name      string   // the cluster's
	Listen    string   // HOST:PORT for the other nodes
	Advertise string   // where they reach it, if not there
	Peers     []string // HOST:PORT of all nodes
	StoreDir  string   // for what a node's server must remember of its peers

	// NATS.
	Servers     []string
	Credentials string // path of a credentials file
	Bucket      string
	Replicas    int
	Existing    bool // the bucket is there

	TLS ClusterTLS

	ScopeCluster bool // a name is one component's in the whole cluster
	Strict       bool // a node is dead when its lease has ended, not before
	ServeLocal   bool // a node that has lost the others keeps its components

	LeaseTTL        time.Duration
	LeaseRefresh    time.Duration
	LeaseMargin     time.Duration
	RegistryTimeout time.Duration
}

// Fewest nodes of a cluster in which any one may die: of two, one is no majority.
const nodesMin = 3

func defaultCluster() Cluster {
	return Cluster{
		Mode:            ClusterNone,
		Name:            "weir",
		Bucket:          "WEIR",
		Replicas:        1,
		LeaseTTL:        30 * time.Second,
		LeaseRefresh:    5 * time.Second,
		LeaseMargin:     2 * time.Second,
		RegistryTimeout: 15 * time.Second,
	}
}

func (k *Cluster) section() section {
	s := section{header: "[cluster]", keys: "cluster", fields: k.fields()}
	for i := range s.fields {
		s.fields[i].restart = true
	}
	return s
}

func (k *Cluster) fields() []field {
	return []field{
		oneOf("mode", &k.Mode, plain(ClusterNone, ClusterEmbedded, ClusterNATS)),
		nodeName("node", &k.Node),
		oneOf("scope", &k.ScopeCluster, []word[bool]{{"node", false}, {"cluster", true}}),
		oneOf("takeover", &k.Strict, []word[bool]{{"fast", false}, {"strict", true}}),
		oneOf("partition", &k.ServeLocal, []word[bool]{{"fence", false}, {"serve-local", true}}),
		text("name", &k.Name, "a string that is not empty"),
		hostPort("listen", &k.Listen, 1, "HOST:PORT"),
		hostPort("advertise", &k.Advertise, 1, "HOST:PORT"),
		list("peers", &k.Peers, "addresses, each HOST:PORT", checkPeer),
		directory("store_dir", &k.StoreDir),
		list("servers", &k.Servers, "addresses, each nats://HOST:PORT or tls://HOST:PORT", checkServer),
		file("credentials_file", &k.Credentials),
		text("bucket", &k.Bucket, "a string that is not empty"),
		boolean("existing_bucket", &k.Existing),
		integer("replicas", &k.Replicas, 1, 5),
		file("certfile", &k.TLS.CertFile),
		file("keyfile", &k.TLS.KeyFile),
		file("cacertfile", &k.TLS.CAFile),
		seconds("lease_ttl", &k.LeaseTTL, 2*time.Second, 10*time.Minute),
		duration("lease_refresh", &k.LeaseRefresh, 100*time.Millisecond, 5*time.Minute),
		duration("lease_margin", &k.LeaseMargin, 100*time.Millisecond, time.Minute),
		duration("registry_timeout", &k.RegistryTimeout, time.Second, 5*time.Minute),
	}
}

func readCluster(b *block, k *Cluster) {
	fields := k.section().fields
	b.known(names(fields)...)
	b.read(fields)
	if k.Mode != ClusterNone && !b.src.support.Cluster {
		b.unsupported("mode", quote(k.Mode))
		return
	}
	k.check(b)
	if k.Mode != ClusterNone {
		k.TLS.read(b, k.Mode == ClusterEmbedded)
	}
}

// Keys that mean something in one mode only.
var onlyEmbedded, onlyNATS = []string{"name", "listen", "advertise", "peers", "store_dir"},
	[]string{"servers", "credentials_file", "bucket", "existing_bucket", "replicas"}

// check looks at what keys say of each other. What means nothing in this mode is
// told, so that a file can be used for several.
func (k *Cluster) check(b *block) {
	for _, key := range b.keys() {
		if k.Mode != ClusterEmbedded && slices.Contains(onlyEmbedded, key) || k.Mode != ClusterNATS && slices.Contains(onlyNATS, key) {
			b.src.note(b.path.with(key), "has no effect with mode = "+quote(k.Mode))
		}
	}
	need := func(keys ...string) {
		for _, key := range keys {
			if !b.has(key) {
				b.fail(key, "is missing, needed for mode = %s: %s", quote(k.Mode), strings.Join(keys, ", "))
			}
		}
	}
	switch k.Mode {
	case ClusterEmbedded:
		need("node", "listen", "peers")
		if len(k.Peers) > 1 && len(k.Peers) < nodesMin {
			b.src.note(b.path.with("peers"), "names two nodes: when either ends, no component can be given a name until it is back; one node, or three, are better")
		}
	case ClusterNATS:
		need("servers")
	}
	if k.LeaseRefresh+k.LeaseMargin >= k.LeaseTTL {
		b.fail("lease_refresh", "with lease_margin is not less than lease_ttl (%s)", shortDuration(k.LeaseTTL))
	}
}

// stanzaAcross is the largest stanza, in bytes, that goes from node to node: one
// message of the bus holds it.
const stanzaAcross = 8 * mib

// checkNeighbours looks at what other sections ask for that a cluster cannot do.
func (c *Config) checkNeighbours(b *block) {
	if !c.Cluster.Multiple() {
		return
	}
	at := b.sub("cluster")
	for i := range c.Listeners {
		l := &c.Listeners[i]
		if n := l.MaxStanzaSize; n <= 0 || n > stanzaAcross {
			at.fail("mode", "is %s, and listener %s takes stanzas of any size; needed: max_stanza_size of %d at most", quote(c.Cluster.Mode), l.Name, stanzaAcross)
		}
	}
	for i := range c.Upstreams {
		u := &c.Upstreams[i]
		if u.MaxStanzaSize > stanzaAcross {
			at.fail("mode", "is %s, and [[upstream]] %s takes larger stanzas; needed: max_stanza_size of %d at most", quote(c.Cluster.Mode), u.Name, stanzaAcross)
		}
	}
}

// Multiple says whether there are other nodes.
func (k *Cluster) Multiple() bool { return k.Mode != ClusterNone }

func nodeName(name string, p *string) field {
	const allowed = "ten characters, each a to z or 2 to 7"
	f := text(name, p, allowed)
	read := f.read
	f.read = func(c cell) {
		s, _ := c.v.(string)
		if len(s) != 10 || !only(s, "abcdefghijklmnopqrstuvwxyz234567") {
			c.refuse(allowed)
			return
		}
		read(c)
	}
	return f
}

func only(s, letters string) bool {
	for _, r := range s {
		if !slices.Contains([]rune(letters), r) {
			return false
		}
	}
	return true
}

func checkPeer(s string) (string, error) {
	if _, _, err := net.SplitHostPort(s); err != nil {
		return "", fmt.Errorf("allowed: HOST:PORT")
	}
	return s, nil
}

func checkServer(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" || u.User != nil {
		return "", fmt.Errorf("allowed: nats://HOST:PORT or tls://HOST:PORT (a password stands in credentials_file)")
	}
	return s, nil
}

// seconds is a duration of whole seconds.
func seconds(name string, p *time.Duration, low, high time.Duration) field {
	f := duration(name, p, low, high)
	read := f.read
	f.read = func(c cell) {
		read(c)
		if *p%time.Second != 0 {
			c.refuse("a duration of whole seconds")
		}
	}
	return f
}

// directory is the path of a folder, relative to the file like those of files.
func directory(name string, p *string) field {
	f := text(name, p, "the path of a folder")
	read := f.read
	f.read = func(c cell) {
		read(c)
		if s, _ := c.v.(string); s != "" {
			*p = c.src.resolve(s)
		}
	}
	return f
}
