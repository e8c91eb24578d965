// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"time"

	"weir/internal/session"
	"weir/internal/stream"
	"weir/internal/wire"
)

// Of several nodes that serve a name one holds its links (session.Hub.Holding). Two may
// think so for a moment; then a server that takes one session for a name refuses one
// of them.
const (
	// movingTime is how long such a refusal counts as that moment's: a node that was
	// killed is out of the server's mind sooner, and one that leaves likewise.
	movingTime = 10 * time.Second
	// movingFirst and movingMax are how soon it is tried again, the first time and at
	// most.
	movingFirst = 200 * time.Millisecond
	movingMax   = time.Second
)

// holding is whether this node is to have a name's links. The name's mutex guards it.
type holding struct {
	here   bool
	by     *session.Keeper // who has the oldest claim on the node that is; nil: ours, or not known
	shared bool            // other nodes serve the name, too
	since  time.Time       // when this last changed; zero: never, in no cluster
	is     session.Holding
}

// Regard implements session.Upstream.
func (m *Manager) Regard(name string) {
	if name == "" {
		for _, n := range m.all() {
			n.lookAgain()
		}
		return
	}
	if n := m.find([]byte(name)); n != nil {
		n.lookAgain()
	}
}

func (n *name) lookAgain() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.regard()
}

// served says whether a component serves the name here, or is about to. The name is
// locked.
func (n *name) served() bool { return len(n.admitting) > 0 || n.present() }

// regard looks which node is to hold the links now. What that ends or brings to
// another node is follow's to do. The name is locked.
func (n *name) regard() {
	if n.gone || !n.m.Hub.Clustered() {
		return
	}
	h := &n.holds
	was := *h
	is, by, shared := n.m.Hub.Holding(n.text, n.served())
	h.is, h.shared = is, shared
	switch is {
	case session.HoldingHere:
		h.here, h.by = true, nil
	case session.HoldingThere:
		h.here = false
		if h.by == nil || *h.by != *by {
			h.by = by
		}
	case session.HoldingNone:
		h.here, h.by = false, nil
	case session.HoldingUnclear:
		h.by = nil
	}
	if h.here != was.here || h.by != was.by || h.is != was.is {
		h.since = time.Now()
	}
	for _, w := range n.allWays() {
		if w == nil {
			continue
		}
		w.SetShared(shared)
		if h.by != was.by {
			w.SetAway(nil) // until what waits has gone there
		}
	}
	n.heedHolding()
	n.loop.Post(n.follow)
}

// heedHolding has links be wanted, or not. The name is locked.
func (n *name) heedHolding() {
	for _, l := range n.links {
		switch {
		case !n.holds.here:
			l.wanted, l.refused, l.moves = false, "", 0
		case n.present():
			l.want()
		}
	}
}

// follow does what regard has found: links that are another node's end, and what waits
// goes there. It runs on the name's loop.
func (n *name) follow() {
	n.mu.Lock()
	if n.gone {
		n.mu.Unlock()
		return
	}
	var ending []*link
	if !n.holds.here {
		ending = append(ending, n.links...)
	}
	away := !n.served() && (n.holds.shared || n.holds.is == session.HoldingNone)
	n.mu.Unlock()
	if away {
		n.moveAway()
	}
	for _, l := range ending {
		l.withdraw()
	}
	n.cross()
}

// withdraw ends a link that another node is to hold, on its loop; what the server was
// not sent goes there.
func (l *link) withdraw() {
	l.n.mu.Lock()
	s := l.sess
	l.n.mu.Unlock()
	if s != nil {
		s.Withdraw()
	}
}

// moveAway is for a name that components serve on other nodes only: what has waited
// for one here goes there. Without its links the name is given up.
func (n *name) moveAway() {
	m := n.m
	m.mu.Lock()
	n.mu.Lock()
	if n.gone || n.served() {
		n.mu.Unlock()
		m.mu.Unlock()
		return
	}
	var down []session.Unit
	if n.holds.shared {
		down = n.down.takeAll()
	}
	if n.holds.here {
		n.mu.Unlock()
	} else {
		n.drop()
	}
	m.mu.Unlock()
	n.local().AcrossDown(down)
}

// cross has all ways lead to the node that holds the links. It runs on the name's loop.
func (n *name) cross() {
	for _, w := range n.allWays() {
		if w != nil {
			w.cross()
		}
	}
}

// cross has the way lead to the node that holds the links, when ours have ended: what
// they were given is with the server by then, or back. First that node is sent what
// waits, and as long as that goes on, others wait too.
func (w *way) cross() {
	n := w.n
	for {
		n.mu.Lock()
		by := n.holds.by
		if n.gone || by == nil || w.Away() != nil || w.busy() {
			n.mu.Unlock()
			return
		}
		if len(w.up.units) == 0 {
			w.SetAway(by)
			n.mu.Unlock()
			return
		}
		units := w.up.takeAll()
		n.mu.Unlock()
		n.local().AcrossUp(by, n.text, units)
	}
}

// busy says whether a link of the way has stanzas, or may have. The name is locked.
func (w *way) busy() bool {
	for _, l := range w.links {
		if l.state == up || l.state == closing {
			return true
		}
	}
	return false
}

// moving says that a refusal is that of a server which still has the session of the
// node that has held the links: another one comes when that has gone. It is not told
// as one that somebody must do something about.
func (l *link) moving(v stream.Verdict) bool {
	n := l.n
	n.mu.Lock()
	defer n.mu.Unlock()
	if v.Condition != wire.CondConflict || n.holds.since.IsZero() || time.Since(n.holds.since) > movingTime {
		return false
	}
	l.state = idle
	l.moves++
	wait := backoff(movingFirst, l.moves, movingMax)
	l.srv.m.Log.Debug("upstream has the session of another node yet; trying again", "component", n.text, "upstream", l.srv.name)
	l.retry(wait)
	return true
}
