// SPDX-License-Identifier: Apache-2.0

package session

import (
	"time"

	"weir/engine"
	"weir/internal/flow"
)

// gate is the congestion of one connection, and tells that connection itself
// when it is over.
type gate struct {
	*flow.Gate
	conn  *engine.Conn
	since time.Time
}

// foreignShare masks, in a foreign source's ID, what tells apart the lanes on which it
// comes; the rest tells apart the batches of one.
const foreignShare uint32 = 0xffff_0000

// NewGate opens the congestion of a connection that has fallen behind; an engine
// is given it as NewGate.
func (h *Hub) NewGate(c *engine.Conn) engine.Gate {
	wake := func(src uint32) { h.caughtUp(src, c) }
	alive := func(src uint32) bool { return src >= engine.Foreign || h.engine.Conn(src) != nil }
	return &gate{Gate: flow.NewGate(&h.Limits().Marks, wake, engine.OutboxBytes, alive), conn: c, since: time.Now()}
}

// debtor is who is in debt for a source: all that comes by one lane of another node is
// one, in however many batches.
func debtor(src uint32) uint32 {
	if src >= engine.Foreign {
		return src & foreignShare
	}
	return src
}

// Admit, Charge and Pay implement engine.Gate.
func (g *gate) Admit(src uint32, n, queued int) engine.Verdict {
	return g.Gate.Admit(debtor(src), n, queued)
}
func (g *gate) Charge(src uint32, n int) { g.Gate.Charge(debtor(src), n) }
func (g *gate) Pay(src uint32, n int)    { g.Gate.Pay(debtor(src), n) }

// Low implements engine.Gate.
func (g *gate) Low() {
	g.Gate.Low()
	g.conn.Loop().Post(func() {
		s := g.conn.Handler().(*Session)
		defer g.conn.Guard()
		s.conn.Resume(holdAnswers)
	})
}

// caughtUp tells a source that dest has caught up. It is called with dest's
// outbox locked, from any loop.
func (h *Hub) caughtUp(src uint32, dest *engine.Conn) {
	c := h.engine.Conn(src)
	if c == nil {
		return
	}
	c.Loop().Post(func() {
		defer c.Guard()
		s := c.Handler().(*Session)
		if s.slow != nil && s.slow.lease.Give(dest) {
			c.Loop().Disarm(&s.timer)
			c.Resume(holdLease)
		}
	})
}
