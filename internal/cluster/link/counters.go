// SPDX-License-Identifier: Apache-2.0

package link

import (
	"sync/atomic"
	"time"
)

// Stats is what a link has counted since it began, and what it holds now.
type Stats struct {
	Counts
	Peers         []PeerStats
	SlowConsumers int64 // times that the bus dropped what came: must stay 0
}

// Counts are totals over all peers.
type Counts struct {
	FramesSent, StanzasSent, BytesSent             uint64
	FramesReceived, StanzasReceived, BytesReceived uint64

	Acknowledged uint64 // stanzas sent that were
	NotDelivered uint64 // stanzas given to Lost, by outcome
	Unknown      uint64
	Windows      uint64 // times that a lane had to wait, as its window was shut
	Full         uint64 // stanzas refused with ErrWindow
	Absent       uint64 // stanzas refused with ErrUnreachable

	Gaps         uint64 // frames that showed that one before them is missing
	Duplicates   uint64 // frames that had come before
	Stale        uint64 // frames of an epoch that is over, or of a lane reset since
	Bad          uint64 // frames that could not be read
	Foreign      uint64 // frames of a version not spoken here
	Strangers    uint64 // frames for another life of this node
	Resets       uint64 // epochs ended by the other side
	Probes       uint64 // questions to peers: in a lane, or pings
	NoResponders uint64 // times that nobody was there
	Unreachable  uint64 // times that a peer became so
	Late         uint64 // times that a batch was told to hold its lane up
	BusErrors    uint64 // frames that the bus did not take
	Dropped      uint64 // control records not kept, as too many waited
}

// PeerStats is one peer as it is sent to.
type PeerStats struct {
	Peer      Peer
	Reachable bool
	Version   int   // of the frames spoken; 0: none in common
	Queued    int64 // bytes that wait to be sent
	InFlight  []int // bytes sent and not acknowledged, a lane each
	Windows   []int // what they may be
	// Acknowledgements that took something off, and the time from sending to them, in sum and at most.
	Acks    uint64
	AckTime time.Duration
	AckMax  time.Duration
}

type counters struct {
	framesSent, stanzasSent, bytesSent             atomic.Uint64
	framesReceived, stanzasReceived, bytesReceived atomic.Uint64

	acknowledged, notDelivered, unknown, windows, full, absent   atomic.Uint64
	gaps, duplicates, stale, bad, foreign, strangers             atomic.Uint64
	resets, probes, noResponders, unreachable, late, bus, record atomic.Uint64
}

func (n *counters) counts() Counts {
	return Counts{
		FramesSent: n.framesSent.Load(), StanzasSent: n.stanzasSent.Load(), BytesSent: n.bytesSent.Load(),
		FramesReceived: n.framesReceived.Load(), StanzasReceived: n.stanzasReceived.Load(), BytesReceived: n.bytesReceived.Load(),
		Acknowledged: n.acknowledged.Load(), NotDelivered: n.notDelivered.Load(), Unknown: n.unknown.Load(),
		Windows: n.windows.Load(), Full: n.full.Load(), Absent: n.absent.Load(),
		Gaps: n.gaps.Load(), Duplicates: n.duplicates.Load(), Stale: n.stale.Load(), Bad: n.bad.Load(),
		Foreign: n.foreign.Load(), Strangers: n.strangers.Load(), Resets: n.resets.Load(), Probes: n.probes.Load(),
		NoResponders: n.noResponders.Load(), Unreachable: n.unreachable.Load(), Late: n.late.Load(),
		BusErrors: n.bus.Load(), Dropped: n.record.Load(),
	}
}

// Stats tells what has been counted. It costs a lock for each lane.
func (l *Link) Stats() Stats {
	s := Stats{Counts: l.n.counts(), SlowConsumers: l.o.Bus.SlowConsumers()}
	for _, r := range *l.remotes.Load() {
		s.Peers = append(s.Peers, r.stats())
	}
	return s
}

func (r *remote) stats() PeerStats {
	s := PeerStats{
		Peer: r.peer, Version: int(r.version.Load()), Queued: r.queued.Load(),
		Acks: r.acks.Load(), AckTime: time.Duration(r.ackTime.Load()), AckMax: time.Duration(r.ackMax.Load()),
	}
	r.mu.Lock()
	s.Reachable = r.state != unreachable
	r.mu.Unlock()
	for _, ln := range r.lanes {
		ln.mu.Lock()
		s.InFlight, s.Windows = append(s.InFlight, ln.inFlight), append(s.Windows, ln.window)
		ln.mu.Unlock()
	}
	return s
}
