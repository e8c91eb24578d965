// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"time"

	"weir/internal/metrics"
)

// clusterSample is how this node stands among others; nil without any.
func (p *Proxy) clusterSample() *metrics.Cluster {
	if p.cluster == nil {
		return nil
	}
	s := p.cluster.Status()
	r, l := s.Registry, &s.Link
	c := &metrics.Cluster{
		Node: s.Node, Valid: s.Valid, LeaseLeft: s.LeaseLeft, Names: s.Names, Claims: s.Claims, Waiting: s.Waiting,
		Claimed: r.Claimed.Load(), Refused: r.Refused.Load(), TimedOut: r.TimedOut.Load(), ClaimTime: time.Duration(r.ClaimTime.Load()),
		Mismatched: r.Mismatched.Load(), Busy: r.Busy.Load(), TakenOver: r.TakenOver.Load(), Swept: r.Swept.Load(),
		Evicted: r.Evicted.Load(), Fenced: r.Fenced.Load(), Asserted: r.Asserted.Load(), Watches: r.Watches.Load(),
		FramesSent: int64(l.FramesSent), FramesReceived: int64(l.FramesReceived),
		StanzasSent: int64(l.StanzasSent), StanzasReceived: int64(l.StanzasReceived),
		BytesSent: int64(l.BytesSent), BytesReceived: int64(l.BytesReceived),
		NotDelivered: int64(l.NotDelivered), Unknown: int64(l.Unknown), Full: int64(l.Full), Away: int64(l.Absent),
		Gaps: int64(l.Gaps), Late: int64(l.Late), SlowConsumers: l.SlowConsumers + s.Server.SlowConsumers, Servers: int64(s.Server.Servers),
	}
	queued := map[string]int64{}
	for _, peer := range l.Peers {
		queued[string(peer.Peer.Node)] += peer.Queued
	}
	for _, n := range s.Nodes {
		c.Nodes = append(c.Nodes, metrics.Node{Name: n.Node, Self: n.Self, Behind: n.Behind, Away: n.Away, Queued: queued[n.Node]})
	}
	return c
}
