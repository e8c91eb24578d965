// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/router"
	"weir/internal/stanza"
	"weir/internal/wire"
	"weir/xmlscan"
)

// reason is why a stanza that was on its way goes back.
type reason uint8

const (
	absent reason = iota // its receiver has left
	busy                 // its receiver is too far behind
	lost                 // the server it is for cannot be reached, or has gone
	denied               // who has come in its receiver's place does not take it
	unsure               // it was sent to a node that has died, and may have been delivered
)

// reread is read for a stanza that has been sent on. That it cannot be read is a
// fault of ours; it is lost, but nothing else is.
func (lo *Local) reread(raw []byte, f func(st *xmlscan.Stanza)) {
	if !lo.reader.Read(raw, f) {
		lo.Count.Dropped++
		lo.hub.Log.Error("a stanza that was sent on cannot be read again; it is dropped", "bytes", len(raw))
	}
}

// sendBack answers the stanzas of a run, which came from our own peer, as far as
// they take answers.
func (s *Session) sendBack(r *engine.Run, why reason) {
	r.Each(func(raw []byte) {
		s.local.reread(raw, func(st *xmlscan.Stanza) { s.refuse(st, s.local.errorFor(st, why)) })
	})
}

// undelivered answers a stanza that waited for us when our connection closed, on
// the connection it came from, or if that is gone too, where it says it is from.
func (s *Session) undelivered(raw []byte, src uint32) {
	s.local.sendHome(raw, src, s.ifLost())
}

// sendHome answers a stanza that came from another connection.
func (lo *Local) sendHome(raw []byte, src uint32, why reason) {
	if lo.hub.inherited(raw, src, why) {
		return
	}
	if src >= engine.Foreign {
		defer lo.hub.cluster.Settle(src)
	}
	lo.reread(raw, func(st *xmlscan.Stanza) {
		c := lo.hub.engine.Conn(src)
		link := linkOf(c)
		if !stanza.TakesError(st) || link != nil && !link.mayAnswerUp(st) || why == unsure && stanza.KindOf(st) == stanza.Presence {
			lo.Count.Dropped++
			return
		}
		e := lo.errorFor(st, why)
		if link != nil && why == absent {
			e = lo.hub.Rules().absence(lo.receiver(st).Domain)
		}
		lo.Count.answered(e)
		lo.tapBounce(st, e)
		lo.own = wire.AppendStanzaError(lo.own[:0], wire.AnswerTo(st), e)
		if c != nil && lo.tell(c) || src >= engine.Foreign && lo.tellOrigin(src, st) {
			return
		}
		from := lo.sender(st)
		if s := lo.hub.serving(from.Domain, from.Bare()); s != nil && lo.tell(s.conn) || lo.tellAcross(st) {
			return
		}
		lo.Count.AnswersLost++
	})
}

// tell queues the answer in hand, and charges it to whoever caused it.
func (lo *Local) tell(c *engine.Conn) bool {
	n := len(lo.own)
	if c.Write(lo.loop, lo.own) == engine.Gone {
		return false
	}
	c.Loop().Post(func() {
		defer c.Guard()
		if s := c.Handler().(*Session); !s.ended {
			s.spend(n)
		}
	})
	return true
}

// errorFor is the error of a stanza that goes back.
func (lo *Local) errorFor(st *xmlscan.Stanza, why reason) wire.StanzaError {
	switch why {
	case busy:
		return wire.ResourceConstraint
	case lost:
		return wire.RemoteServerTimeout
	case denied:
		return wire.NotAllowed
	case unsure:
		return wire.StanzaError{Type: wire.RemoteServerTimeout.Type, Condition: wire.RemoteServerTimeout.Condition, Text: deliveryUnknown}
	}
	r := lo.hub.Rules().Router
	if t := r.Resolve(lo.receiver(st).Domain); t.Kind != router.Component {
		return r.Bounce(t)
	}
	return wire.ServiceUnavailable // somebody has the name again, but was not meant
}
