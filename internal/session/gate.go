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

// foreignShare masks, in a foreign source's ID, what tells apart where it comes
// from; the rest tells apart what has come from there.
const foreignShare uint32 = 0xffff_0000

// NewGate opens the congestion of a connection that has fallen behind; an engine
// is given it as NewGate.
func (h *Hub) NewGate(c *engine.Conn) engine.Gate {
	wake := func(src uint32) { h.caughtUp(src, c) }
	alive := func(src uint32) bool { return src >= engine.Foreign || h.engine.Conn(src) != nil }
	return &gate{Gate: flow.NewGate(&h.Limits().Marks, wake, engine.OutboxBytes, alive), conn: c, since: time.Now()}
}

// Admit implements engine.Gate: all that comes from one place is one debtor.
func (g *gate) Admit(src uint32, n, queued int) engine.Verdict {
	if src >= engine.Foreign {
		src &= foreignShare
	}
	return g.Gate.Admit(src, n, queued)
}

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
