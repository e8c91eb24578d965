// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"net/netip"
	"slices"
	"time"

	"weir/engine"
	"weir/internal/session"
	"weir/table"
)

// surveyChunk is how many streams a loop is asked about at once: a stanza may have to
// wait for so many.
const surveyChunk = 64

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

// Survey describes the components there are. peers asks the kernel for their
// addresses, too. It waits for the loops, so it is not called on one.
func Survey(h *session.Hub, peers bool) []Card {
	var all []Card
	for l, streams := range byLoop(h.Table) {
		all = append(all, surveyLoop(l, streams, peers)...)
	}
	return all
}

// at is a stream and the names it serves.
type at struct {
	s     *session.Session
	names []string
}

// byLoop are the streams in the table, each with its names.
func byLoop(t *table.Table) map[*engine.Loop][]at {
	index := map[*table.Instance]int{}
	all := map[*engine.Loop][]at{}
	t.Each(func(n *table.Name) bool {
		for _, inst := range n.Set().Instances {
			s, ok := inst.Receiver.(*session.Session)
			if !ok {
				continue
			}
			l := s.Conn().Loop()
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
				if a.s.Instance() != nil && !a.s.Ended() {
					cards = append(cards, describe(a, peers))
				}
			}
		})
	}
	for i := range cards {
		slices.Sort(cards[i].Names)
	}
	return cards
}

// describe writes a stream's card. It runs on the stream's loop.
func describe(a at, peer bool) Card {
	s, c := a.s, a.s.Conn()
	card := Card{
		ID: s.Instance().ID, Name: s.Name(), Names: a.names, Subdomain: s.Subdomain(), Hidden: s.Instance().Hidden,
		Listener: s.Settings().Name, Loop: c.Loop().ID(), Held: s.HeldFor(), Tally: c.Tally(),
	}
	card.Behind, _ = s.Behind()
	if peer {
		card.Peer = c.RemoteAddr()
	}
	return card
}
