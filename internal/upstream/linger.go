// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"time"

	"weir/internal/session"
)

// stay ends the name's lingering: somebody serves it again. The name is locked.
func (n *name) stay() {
	if n.lingers.CompareAndSwap(true, false) {
		n.m.lingering.Add(-1)
		n.leaving.Stop()
	}
}

// left begins the name's lingering if nobody serves it: its links stay for a
// while, so that the servers do not see a restart.
func (n *name) left() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.gone || len(n.admitting) > 0 || n.present() || !n.lingers.CompareAndSwap(false, true) {
		return
	}
	n.m.lingering.Add(1)
	n.until = time.Now().Add(n.linger)
	n.leaving = time.AfterFunc(n.linger, n.over)
	n.regard()
}

// over gives the name up: the component has not come back.
func (n *name) over() {
	m := n.m
	m.mu.Lock()
	n.mu.Lock()
	if n.gone || len(n.admitting) > 0 || !n.lingers.Load() || n.present() {
		n.mu.Unlock()
		m.mu.Unlock()
		return
	}
	n.drop()
	m.mu.Unlock()
}

// drop ends the name; the manager and it are locked, and it is unlocked here. What
// waits is answered, and the links end.
func (n *name) drop() {
	n.gone = true
	n.stay()
	delete(n.m.names, n.text)
	down := n.down.takeAll()
	var up []session.Unit
	for _, w := range n.allWays() {
		if w != nil {
			up = append(up, w.up.takeAll()...)
		}
	}
	links := append(n.links, n.outgoing...)
	n.links, n.outgoing = nil, nil
	for _, l := range links {
		l.wanted = false
	}
	n.mu.Unlock()
	n.loop.Post(func() {
		n.local().StillAbsent(down)
		n.local().ServerTimeout(up)
		for _, l := range links {
			l.close()
		}
	})
}

// park has a server's stanza wait for the component.
func (n *name) park(lo *session.Local, left *session.Session, u session.Unit) session.Parking {
	n.mu.Lock()
	switch {
	case len(n.admitting) > 0 || n.servedBut(left):
		n.mu.Unlock()
		return session.Present
	case len(n.down.units) == 0 && n.m.Hub.ServedAway(n.text):
		n.mu.Unlock()
		return session.Elsewhere
	case n.gone || n.linger == 0 || n.parkBytes == 0 || n.m.ctx.Err() != nil || !n.m.fits(u):
		n.mu.Unlock()
		return session.Nobody
	}
	over := n.down.push(u, n.parkBytes)
	n.sweepLater()
	n.mu.Unlock()
	lo.StillAbsent(over)
	return session.Parked
}

// servedBut says whether anybody but one instance that is known to be gone serves
// the name. The name is locked.
func (n *name) servedBut(left *session.Session) bool {
	t := n.m.Hub.Table.Lookup([]byte(n.text))
	if t == nil {
		return false
	}
	here := t.Set().Instances
	return left == nil || len(t.Away()) > 0 || len(here) != 1 || here[0].Receiver != left
}

// keep has what was on its way to the component wait, ahead of all else.
func (n *name) keep(lo *session.Local, units []session.Unit) bool {
	n.mu.Lock()
	if n.gone || n.linger == 0 || n.parkBytes == 0 || n.m.ctx.Err() != nil {
		n.mu.Unlock()
		return false
	}
	over := n.down.prepend(since(units, time.Now()), n.parkBytes, n.m.room())
	n.sweepLater()
	n.mu.Unlock()
	// Not here: the table's critical section is no place for answers.
	lo.Loop().Post(func() { lo.StillAbsent(over) })
	return true
}

// sweepLater sees to it that what has waited for too long is answered. The name is
// locked.
func (n *name) sweepLater() {
	if n.sweeping || n.awaitAll {
		return // then it waits until the name is given up
	}
	if d, ok := n.down.next(n.parkTime); ok {
		n.sweeping = true
		time.AfterFunc(d, func() { n.loop.Post(n.sweep) })
	}
}

func (n *name) sweep() {
	n.mu.Lock()
	n.sweeping = false
	var old []session.Unit
	if !n.awaitAll {
		old = n.down.expired(n.parkTime)
		n.sweepLater()
	}
	n.mu.Unlock()
	n.local().StillAbsent(old)
}
