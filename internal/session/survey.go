// SPDX-License-Identifier: Apache-2.0

package session

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"weir/engine"
	"weir/table"
)

const (
	// surveyChunk is how many streams a loop is asked about at once: a stanza may
	// have to wait for so many.
	surveyChunk = 64
	// leftMax is of how many ended streams a loop keeps what they did.
	leftMax = 1024
)

// Card is what is known of one component's stream.
type Card struct {
	ID        uint64   // the instance's; never used twice
	Name      string   // as the component asked for it
	Names     []string // those it serves, sorted
	Subdomain bool     // Name is a prefix, with a name under each host
	Hidden    bool
	Listener  string
	Loop      int
	Peer      netip.AddrPort // if it was asked for
	Held      []string       // why it is not read now
	Behind    time.Duration  // for how long it has not kept up with what waits for it; 0: it does
	engine.Tally
}

// LoopSample is what one loop has counted.
type LoopSample struct {
	ID          int
	Engine      engine.Counters
	Session     Counters
	Connections int
	InputBytes  int64         // of unfinished stanzas
	Lag         time.Duration // how long the loop took to look
	Left        []Card        // who has left since the last sample; see Hub.KeepLeft
}

// SampleLoops reads the counters of all loops. It waits for them, so it is not
// called on one. What it returns is the caller's.
func (h *Hub) SampleLoops() []LoopSample {
	var all []LoopSample
	for _, l := range h.engine.Loops() {
		var s LoopSample
		asked := time.Now()
		if l.Call(func() { s = l.Local.(*Local).sample(asked) }) {
			all = append(all, s)
		}
	}
	return all
}

func (lo *Local) sample(asked time.Time) LoopSample {
	s := LoopSample{
		ID: lo.loop.ID(), Engine: lo.loop.Count, Session: lo.Count,
		Connections: lo.loop.Connections(), InputBytes: lo.waiting.bytes, Lag: time.Since(asked), Left: lo.left,
	}
	s.Session.Refused, s.Session.Ended = maps.Clone(lo.Count.Refused), maps.Clone(lo.Count.Ended)
	lo.left = nil
	return s
}

// keepLeft notes what a stream has done that ends.
func (lo *Local) keepLeft(s *Session) {
	if s.inst != nil && lo.hub.KeepLeft && len(lo.left) < leftMax {
		lo.left = append(lo.left, Card{ID: s.inst.ID, Name: s.in.Name(), Subdomain: s.acceptor().Subdomain(), Tally: s.conn.Tally()})
	}
}

// Survey describes the components there are. peers asks the kernel for their
// addresses, too. It waits for the loops, so it is not called on one.
func (h *Hub) Survey(peers bool) []Card {
	var all []Card
	for l, streams := range h.byLoop() {
		all = append(all, surveyLoop(l, streams, peers)...)
	}
	return all
}

// at is a stream and the names it serves.
type at struct {
	s     *Session
	names []string
}

// byLoop are the streams in the table, each with its names.
func (h *Hub) byLoop() map[*engine.Loop][]at {
	index := map[*table.Instance]int{}
	all := map[*engine.Loop][]at{}
	h.Table.Each(func(n *table.Name) bool {
		for _, inst := range n.Set().Instances {
			s, ok := inst.Receiver.(*Session)
			if !ok {
				continue
			}
			l := s.conn.Loop()
			i, met := index[inst]
			if !met {
				i = len(all[l])
				index[inst] = i
				all[l] = append(all[l], at{s: s})
			}
			all[l][i].names = append(all[l][i].names, n.Text)
		}
		return true
	})
	return all
}

// surveyLoop asks a loop about its streams, a few at a time.
func surveyLoop(l *engine.Loop, streams []at, peers bool) []Card {
	cards := make([]Card, 0, len(streams))
	for chunk := range slices.Chunk(streams, surveyChunk) {
		l.Call(func() {
			for _, a := range chunk {
				if a.s.inst != nil && !a.s.ended {
					cards = append(cards, a.s.describe(peers))
					cards[len(cards)-1].Names = a.names
				}
			}
		})
	}
	for i := range cards {
		slices.Sort(cards[i].Names)
	}
	return cards
}

// describe writes the session's card. It runs on the session's loop.
func (s *Session) describe(peer bool) Card {
	c := Card{
		ID: s.inst.ID, Name: s.in.Name(), Subdomain: s.acceptor().Subdomain(), Hidden: s.inst.Hidden,
		Listener: s.lis.now().Name, Loop: s.conn.Loop().ID(), Held: heldFor(s.conn.Held()), Tally: s.conn.Tally(),
	}
	s.conn.WithGate(func(g engine.Gate) { c.Behind = time.Since(g.(*gate).since) })
	if peer {
		c.Peer = s.conn.RemoteAddr()
	}
	return c
}

// heldFor names the reasons for which a stream is not read.
func heldFor(why engine.Reason) (words []string) {
	for _, r := range []struct {
		bit  engine.Reason
		word string
	}{{holdLease, "receiver-behind"}, {holdAnswers, "answers-unread"}, {holdRate, "answer-rate"}, {holdShape, "shaper"}, {holdAcross, "node-behind"}, {holdClaim, "claim"}} {
		if why&r.bit != 0 {
			words = append(words, r.word)
		}
	}
	return words
}
