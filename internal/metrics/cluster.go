// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"time"

	"weir/internal/operator"
)

// Cluster is this node among others at one moment.
type Cluster struct {
	Node      string
	Valid     bool // it holds its lease
	LeaseLeft time.Duration
	Nodes     []Node
	Names     int // that components on other nodes serve
	Claims    int // of our own
	Waiting   int // frames that have come and are not written

	Claimed, Refused, TimedOut         int64 // claims, by how they ended
	ClaimTime                          time.Duration
	Mismatched, Busy                   int64 // writes that had to be tried again
	TakenOver, Swept, Evicted, Fenced  int64
	Asserted, Watches                  int64
	FramesSent, FramesReceived         int64
	StanzasSent, StanzasReceived       int64
	BytesSent, BytesReceived           int64
	NotDelivered, Unknown, Full, Away  int64
	Gaps, Late, SlowConsumers, Servers int64
}

// Node is one node of a cluster.
type Node struct {
	Name               string
	Self, Behind, Away bool
	Queued             int64 // bytes that wait to be sent to it
}

// ofCluster is a family that there is in a cluster only.
func ofCluster(name, kind, help string, of func(*Cluster) int64) family {
	return family{name, kind, help, func(s *Sample, v *values) {
		if s.Cluster != nil {
			v.count(of(s.Cluster))
		}
	}}
}

func clusterFamilies() []family {
	truth := func(b bool) int64 {
		if b {
			return 1
		}
		return 0
	}
	return []family{
		ofCluster("weir_cluster_lease_valid", gauge, "1 while this node holds its lease and acts for its names in the cluster.", func(c *Cluster) int64 { return truth(c.Valid) }),
		{"weir_cluster_lease_left_seconds", gauge, "How long this node's lease lasts yet.", func(s *Sample, v *values) {
			if s.Cluster != nil {
				v.put(s.Cluster.LeaseLeft.Seconds())
			}
		}},
		ofCluster("weir_cluster_nodes", gauge, "Nodes that hold their lease, as this one knows.", func(c *Cluster) int64 { return int64(len(c.Nodes)) }),
		{"weir_cluster_node_away", gauge, "1 for a node that holds its lease and does not answer.", func(s *Sample, v *values) {
			if s.Cluster == nil {
				return
			}
			for _, n := range s.Cluster.Nodes {
				if !n.Self {
					v.count(truth(n.Away), "node", n.Name)
				}
			}
		}},
		{"weir_cluster_node_queue_bytes", gauge, "Bytes that wait to be sent to another node.", func(s *Sample, v *values) {
			if s.Cluster == nil {
				return
			}
			for _, n := range s.Cluster.Nodes {
				if !n.Self {
					v.count(n.Queued, "node", n.Name)
				}
			}
		}},
		ofCluster("weir_cluster_remote_names", gauge, "Names that components on other nodes serve.", func(c *Cluster) int64 { return int64(c.Names) }),
		ofCluster("weir_cluster_claims", gauge, "Names that components of this node have.", func(c *Cluster) int64 { return int64(c.Claims) }),
		ofCluster("weir_cluster_frames_waiting", gauge, "Frames that have come and of which something is not written.", func(c *Cluster) int64 { return int64(c.Waiting) }),
		{"weir_cluster_claims_total", counter, "Names asked for, by how that ended.", func(s *Sample, v *values) {
			if s.Cluster == nil {
				return
			}
			v.count(s.Cluster.Claimed, "outcome", "given")
			v.count(s.Cluster.Refused, "outcome", "taken")
			v.count(s.Cluster.TimedOut, "outcome", "undecided")
		}},
		{"weir_cluster_claim_seconds_total", counter, "Time that components have waited for their names.", func(s *Sample, v *values) {
			if s.Cluster != nil {
				v.put(s.Cluster.ClaimTime.Seconds())
			}
		}},
		ofCluster("weir_cluster_write_mismatches_total", counter, "Writes of the table that met a newer record.", func(c *Cluster) int64 { return c.Mismatched }),
		ofCluster("weir_cluster_write_busy_total", counter, "Writes of the table that met another one under way.", func(c *Cluster) int64 { return c.Busy }),
		ofCluster("weir_cluster_takeovers_total", counter, "Names taken over from nodes that were dead.", func(c *Cluster) int64 { return c.TakenOver }),
		ofCluster("weir_cluster_swept_total", counter, "Records of dead nodes that were removed.", func(c *Cluster) int64 { return c.Swept }),
		ofCluster("weir_cluster_evictions_total", counter, "Names of this node that others have got.", func(c *Cluster) int64 { return c.Evicted }),
		ofCluster("weir_cluster_fenced_total", counter, "Times that this node's lease had ended.", func(c *Cluster) int64 { return c.Fenced }),
		ofCluster("weir_cluster_reasserted_total", counter, "Names of this node that were missing in the table and were written anew.", func(c *Cluster) int64 { return c.Asserted }),
		ofCluster("weir_cluster_watches_total", counter, "Times that the table was read as a whole.", func(c *Cluster) int64 { return c.Watches }),
		ofCluster("weir_cluster_frames_sent_total", counter, "Frames sent to other nodes.", func(c *Cluster) int64 { return c.FramesSent }),
		ofCluster("weir_cluster_frames_received_total", counter, "Frames from other nodes.", func(c *Cluster) int64 { return c.FramesReceived }),
		ofCluster("weir_cluster_stanzas_sent_total", counter, "Stanzas, and answers of weir, sent to other nodes.", func(c *Cluster) int64 { return c.StanzasSent }),
		ofCluster("weir_cluster_stanzas_received_total", counter, "Stanzas, and answers of weir, from other nodes.", func(c *Cluster) int64 { return c.StanzasReceived }),
		ofCluster("weir_cluster_sent_bytes_total", counter, "Bytes sent to other nodes.", func(c *Cluster) int64 { return c.BytesSent }),
		ofCluster("weir_cluster_received_bytes_total", counter, "Bytes from other nodes.", func(c *Cluster) int64 { return c.BytesReceived }),
		ofCluster("weir_cluster_undelivered_total", counter, "Stanzas given back by the link: they were not delivered.", func(c *Cluster) int64 { return c.NotDelivered }),
		ofCluster("weir_cluster_unknown_total", counter, "Stanzas of which nobody knows whether they were delivered: their node did not answer any more.", func(c *Cluster) int64 { return c.Unknown }),
		ofCluster("weir_cluster_refused_full_total", counter, "Stanzas refused because too much waited for their node.", func(c *Cluster) int64 { return c.Full }),
		ofCluster("weir_cluster_refused_away_total", counter, "Stanzas refused because their node could not be reached.", func(c *Cluster) int64 { return c.Away }),
		ofCluster("weir_cluster_gaps_total", counter, "Frames that showed that one before them was lost.", func(c *Cluster) int64 { return c.Gaps }),
		ofCluster("weir_cluster_late_total", counter, "Frames acknowledged though something of them waited for a component that did not read.", func(c *Cluster) int64 { return c.Late }),
		ofCluster("weir_cluster_slow_consumers_total", counter, "Times that NATS dropped what came too fast; must stay 0.", func(c *Cluster) int64 { return c.SlowConsumers }),
		ofCluster("weir_cluster_servers", gauge, "Other NATS servers that the one inside is joined to.", func(c *Cluster) int64 { return c.Servers }),
		total("weir_cluster_arrived_total", "Stanzas from other nodes.",
			func(l *operator.LoopSample) int64 { return l.Session.Arrived }),
		whole("weir_cluster_crossed", "Stanzas sent to other nodes, less those that came back in vain.", func(s *Sample) int64 {
			return s.sum(func(l *operator.LoopSample) int64 { return l.Session.Crossed })
		}),
		total("weir_cluster_outdated_total", "Stanzas from other nodes by a claim that is an old one, answered.",
			func(l *operator.LoopSample) int64 { return l.Session.Outdated }),
		total("weir_cluster_not_here_total", "Stanzas from other nodes for a claim that this one does not have any more, answered.",
			func(l *operator.LoopSample) int64 { return l.Session.NotHere }),
		total("weir_cluster_garbled_total", "Messages from other nodes that could not be read.",
			func(l *operator.LoopSample) int64 { return l.Session.Garbled }),
	}
}
