// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"

	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/internal/wire"
	"weir/table"
	"weir/xmlscan"
)

// deliveryUnknown is told to who has sent something to a node that has died with
// it: it may have been delivered, or not.
const deliveryUnknown = "delivery unknown"

// goAcross sends a stanza to the node of whoever serves its receiver's domain.
func (s *Session) goAcross(st *xmlscan.Stanza) {
	p := &s.local.passage
	if p.is(s, st) && p.holder != nil {
		s.sendAcross(p.holder, st)
		return
	}
	changes := s.local.hub.cluster.Changes()
	to, alone := s.local.holder(st)
	if to == nil {
		s.nobody(st)
		return
	}
	s.sendAcross(to, st)
	if alone && p.by == s && p.changes == changes {
		p.holder = to
	}
}

// holder picks one of those who serve a name on other nodes: the one that asked,
// for an answer to an iq; the heaviest for the sender, if they share the name; else
// the oldest. alone says that there is no other.
func (lo *Local) holder(st *xmlscan.Stanza) (h *directory.Holder, alone bool) {
	n := lo.hub.cluster.Directory().Lookup(lo.receiver(st).Domain)
	if n == nil {
		return nil, false
	}
	set := n.Set()
	if len(set.Holders) == 1 {
		return set.First(), true
	}
	if h := lo.asker(n, st); h != nil {
		return h, false
	}
	if !set.Balanced() {
		return set.First(), false
	}
	from := lo.sender(st)
	var best *directory.Holder
	most := uint64(0)
	for i := range set.Holders {
		h := &set.Holders[i]
		if w := table.Weight(from.Bare(), h.ID); h.Balance && (best == nil || w > most || w == most && h.ID > best.ID) {
			best, most = h, w
		}
	}
	return best, false
}

// sendAcross sends a stanza to an instance on another node.
func (s *Session) sendAcross(to *directory.Holder, st *xmlscan.Stanza) {
	s.board(to, envelope.Envelope{Kind: envelope.ToComponent, Dest: to.ID}, st)
}

// board sends a stanza to another node. The envelope says what for; by whom is filled
// in here.
func (s *Session) board(to *directory.Holder, e envelope.Envelope, st *xmlscan.Stanza) {
	raw, ok := s.whole(st)
	if !ok {
		s.refuse(st, wire.BadRequest)
		return
	}
	lo := s.local
	p := &lo.passage
	if (e.Name != "" || !p.is(s, st)) && !p.take(s, e.Name, st) {
		s.refuse(st, wire.RemoteServerTimeout)
		return
	}
	e.Conn, e.ID, e.Epoch = s.conn.ID(), p.id, p.epoch
	lo.aboard = append(e.Append(lo.aboard[:0]), raw...)
	lo.crossed = true
	switch lo.hub.cluster.Send(Message{To: to.Peer, From: p.bare, Domain: p.domain, Epoch: to.Epoch, Bytes: lo.aboard}) {
	case SentOn:
		lo.Count.Crossed++
	case SentHold:
		lo.Count.Crossed++
		s.holdAcross(to.Peer)
	case SentTooMuch:
		s.refuse(st, wire.ResourceConstraint)
	case SentTooBig:
		s.refuse(st, wire.PolicyViolation)
	case SentNowhere:
		s.refuse(st, wire.RemoteServerTimeout)
	}
}

// flushAcross sends what an event has put aboard.
func (lo *Local) flushAcross() {
	if lo.crossed {
		lo.crossed = false
		lo.hub.cluster.Flush()
	}
}

// holdAcross stops reading because a node is behind, for as long as a lease lasts.
func (s *Session) holdAcross(p directory.Peer) {
	if s.conn.Held()&holdAcross != 0 || s.ended {
		return
	}
	h := s.local.hub
	s.local.Count.Held++
	h.crossing.hold(p, s.conn.ID())
	s.holdUntil(holdAcross, &s.slowed().acrossTimer, s.conn.Loop().Now()+h.Limits().Marks.Lease.Nanoseconds())
}

// tellAcross brings the answer in hand to the node of whoever serves the domain
// that a stanza says it is from. It is false if none does.
func (lo *Local) tellAcross(st *xmlscan.Stanza) bool {
	if lo.hub.cluster == nil {
		return false
	}
	from := lo.sender(st)
	n := lo.hub.cluster.Directory().Lookup(from.Domain)
	if n == nil {
		return false
	}
	h := n.Set().First()
	return h != nil && lo.answerAcross(Origin{Peer: h.Peer}, 0, Place{}, st)
}

// tellOrigin brings the answer in hand to the node that a stanza has come from, where
// it serves the name that the stanza says it is from: so may others, and we. It is
// false if it does not.
func (lo *Local) tellOrigin(src uint32, st *xmlscan.Stanza) bool {
	n := lo.hub.cluster.Directory().Lookup(lo.sender(st).Domain)
	if n == nil {
		return false
	}
	from := lo.hub.cluster.From(src)
	if !slices.ContainsFunc(n.Set().Holders, func(h directory.Holder) bool { return h.Peer == from }) {
		return false
	}
	return lo.answerAcross(Origin{Peer: from}, 0, lo.hub.cluster.Place(src), st)
}

// answerAcross sends the answer in hand to a connection of another node; 0: to
// whoever it is addressed to there. at is where the stanza was that it answers.
func (lo *Local) answerAcross(to Origin, conn uint32, at Place, st *xmlscan.Stanza) bool {
	lo.aboard = append(envelope.Envelope{Kind: envelope.Answer, Conn: conn}.Answering(at).Append(lo.aboard[:0]), lo.own...)
	from, by := lo.receiver(st), lo.sender(st) // it goes the other way
	m := Message{To: to.Peer, From: from.Bare(), Domain: by.Domain, Epoch: to.Epoch, Bytes: lo.aboard}
	sent := lo.hub.cluster.Send(m)
	lo.hub.cluster.Flush()
	return sent == SentOn || sent == SentHold
}

// unackedTurn is how many messages that were sent in vain are answered in one batch. A
// node that dies leaves up to 12 MiB of them, and who is on that loop has nothing to do
// with it.
const unackedTurn = 64

// inVain is what was sent to other nodes in vain and is not answered yet.
type inVain struct {
	messages [][]byte
	unknown  bool
}

// Unacked answers what was sent to another node in vain; unknown: it may have
// arrived. Each message is the caller's to give. Safe from anywhere.
func (h *Hub) Unacked(messages [][]byte, unknown bool) {
	l := h.engine.Loops()[0]
	l.Post(func() {
		lo := l.Local.(*Local)
		lo.inVain = append(lo.inVain, inVain{messages, unknown})
		if len(lo.inVain) == 1 { // else it is being worked at
			lo.answerInVain()
		}
	})
}

// answerInVain answers some of what was sent in vain, in the order in which it was told,
// and the rest when others have had their turn.
func (lo *Local) answerInVain() {
	for left := unackedTurn; len(lo.inVain) > 0; {
		if left == 0 {
			lo.loop.Post(lo.answerInVain)
			return
		}
		first := &lo.inVain[0]
		if len(first.messages) == 0 {
			lo.inVain = lo.inVain[1:]
			continue
		}
		b := first.messages[0]
		first.messages = first.messages[1:]
		lo.unacked(b, first.unknown)
		left--
	}
	lo.inVain = nil
}

func (lo *Local) unacked(b []byte, unknown bool) {
	e, raw, ok := envelope.Open(b)
	if !ok {
		panic("session: a message of ours cannot be read")
	}
	if e.Kind == envelope.Answer {
		lo.Count.AnswersLost++
		return
	}
	lo.Count.Crossed--
	if unknown {
		lo.Count.Unknown++
		lo.sendHome(raw, e.Conn, unsure)
		return
	}
	lo.sendHome(raw, e.Conn, lost)
}
