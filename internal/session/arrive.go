// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/internal/stanza"
	"weir/internal/wire"
	"weir/xmlscan"
)

// Arrival is one message from another node.
type Arrival struct {
	From  directory.Peer
	Epoch uint64 // by which its sender knew the receiver's claim
	Bytes []byte
	// Src stands for it while it waits: a foreign source of the engine's. It is
	// settled (Cluster.Settle) exactly once, before or after Arrive returns.
	Src uint32
}

// Arrive takes a message, on the loop whose memory lo is.
func (lo *Local) Arrive(a Arrival) {
	e, raw, ok := envelope.Open(a.Bytes)
	switch {
	case !ok:
		lo.Count.Garbled++
	case e.Kind == envelope.Answer:
		lo.answerArrived(a, e, raw)
	default:
		lo.Count.Arrived++
		if lo.stanzaArrived(a, e, raw) {
			return // settled when it is written
		}
	}
	lo.hub.cluster.Settle(a.Src)
}

// answerArrived gives an answer of another node's weir to who caused it. A node that was
// frozen may answer what its senders have been told of meanwhile: they are told once.
func (lo *Local) answerArrived(a Arrival, e envelope.Envelope, raw []byte) {
	told := false
	if lo.hub.cluster.Reported(a.From, e.Answers()) {
		lo.Count.AnswersLost++
		return
	}
	if !lo.reader.Read(raw, func(st *xmlscan.Stanza) {
		if !isStanza(st, raw) {
			lo.Count.Garbled++
			return
		}
		c := lo.hub.engine.Conn(e.Conn)
		if c == nil {
			to := lo.receiver(st)
			s := lo.hub.serving(to.Domain, to.Bare())
			if s == nil {
				return
			}
			c = s.conn
		}
		if _, ok := c.Handler().(*Session); ok {
			lo.own = append(lo.own[:0], raw...)
			told = lo.tell(c)
		}
	}) || !told {
		lo.Count.AnswersLost++
	}
}

// stanzaArrived brings a stanza to the component that is meant, or to a server by the
// way of its name. It is false if it was answered, or dropped, instead.
func (lo *Local) stanzaArrived(a Arrival, e envelope.Envelope, raw []byte) (queued bool) {
	var dest *Session
	var way *Way
	refusal := wire.StanzaError{}
	if !lo.reader.Read(raw, func(st *xmlscan.Stanza) {
		up := e.Kind == envelope.ToServer
		if !up && lo.landing.is(lo, a, e, st) && isOne(st, raw) && !stanza.IsRequest(st) {
			dest = lo.landing.dest
			return
		}
		if !isStanza(st, raw) {
			lo.Count.Garbled++
			lo.Count.Dropped++
			return
		}
		if up {
			way, refusal = lo.judgeUp(a, e, st)
		} else {
			dest, refusal = lo.judgeDown(a, e, st)
		}
		if way == nil && dest == nil {
			lo.refuseAcross(a, e, st, refusal)
		}
	}) {
		lo.Count.Dropped++
		lo.hub.Log.Error("a stanza of another node cannot be read; it is dropped", "node", string(a.From.Node), "bytes", len(raw))
		return false
	}
	switch {
	case way != nil:
		refusal = lo.putUp(way, raw, a.Src)
	case dest != nil:
		refusal = lo.putDown(dest, raw, a.Src)
	default:
		return false
	}
	if refusal == (wire.StanzaError{}) {
		return true
	}
	lo.reader.Read(raw, func(st *xmlscan.Stanza) { lo.refuseAcross(a, e, st, refusal) })
	return false
}

// isStanza says whether raw is one stanza for somebody, and nothing else: what stands
// beside it would go into the receiver's stream. Our own nodes send nothing else; but
// this is what stands between them and a fault.
func isStanza(st *xmlscan.Stanza, raw []byte) bool {
	return isOne(st, raw) && stanza.IsAddress(st.From()) && stanza.IsAddress(st.To())
}

// isOne is isStanza where the addresses are known to be some. One with a namespace that
// would end some receivers' streams is refused where it is read; a node that does not do
// so is none of ours, or an older one.
func isOne(st *xmlscan.Stanza, raw []byte) bool {
	return len(st.Raw) == len(raw) && stanza.KindOf(st).Routable() && !st.OddNamespace()
}

// appendForeign queues another node's stanza at a connection. The source is not held:
// what passes its share is answered from then on. gone says that the connection takes
// nothing any more.
func (lo *Local) appendForeign(dest *Session, raw []byte, src uint32) (refusal wire.StanzaError, gone bool) {
	switch dest.conn.Append(lo.loop, engine.One(raw, src)) {
	case engine.Hold:
		dest.conn.WithGate(func(g engine.Gate) { g.(*gate).LeaseOver(debtor(src)) })
	case engine.Refused:
		return wire.ResourceConstraint, false
	case engine.Gone:
		return wire.StanzaError{}, true
	}
	return wire.StanzaError{}, false
}

// refuseAcross answers a stanza of another node.
func (lo *Local) refuseAcross(a Arrival, e envelope.Envelope, st *xmlscan.Stanza, why wire.StanzaError) {
	if !stanza.TakesError(st) {
		lo.Count.Dropped++
		return
	}
	lo.Count.answered(why)
	lo.own = wire.AppendStanzaError(lo.own[:0], wire.AnswerTo(st), why)
	if !lo.answerAcross(Origin{Peer: a.From}, e.Conn, lo.hub.cluster.Place(a.Src), st) {
		lo.Count.AnswersLost++
	}
}
