// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"sync"
	"sync/atomic"
	"time"

	"weir/engine"
	"weir/internal/session"
	"weir/internal/wire"
)

// name is one name that a component serves here, and its links. It is there from
// when the component comes until it has left for good.
type name struct {
	m    *Manager
	text string
	loop *engine.Loop // where its links live: that of the component that came first

	links []*link // by server; nil where it is not to be known
	ways  []*way  // by the router's upstreams; likewise

	linger    time.Duration // how long its links stay without it
	parkTime  time.Duration
	parkBytes int

	uses    atomic.Int64 // how often a way has been asked for
	lingers atomic.Bool  // its component has left
	absence atomic.Pointer[wire.StanzaError]

	mu        sync.Mutex // guards what follows, and the links and ways
	admitting int        // components that are about to serve it
	awaitAll  bool       // what waits for it waits for as long as it lingers
	gone      bool       // it has left for good
	leaving   *time.Timer
	sweeping  bool  // a sweep of down is due
	down      queue // from servers, for the component
	adverts   []advert
}

// newName makes a name; nil if no server is to know it.
func (m *Manager) newName(text string, loop *engine.Loop) *name {
	n := &name{m: m, text: text, loop: loop, links: make([]*link, len(m.servers)), ways: make([]*way, len(m.groups))}
	known := false
	for i, srv := range m.servers {
		if !srv.takes(text) {
			continue
		}
		known = true
		n.links[i] = &link{n: n, srv: srv}
		n.linger = max(n.linger, srv.Linger)
		n.parkTime = max(n.parkTime, srv.ParkTime)
		n.parkBytes = max(n.parkBytes, srv.ParkBytes)
	}
	if !known {
		return nil
	}
	for g, group := range m.groups {
		n.ways[g] = n.newWay(group)
	}
	return n
}

// local is the memory of the name's loop; it may be used on that loop only.
func (n *name) local() *session.Local { return localOf(n.loop) }

func localOf(l *engine.Loop) *session.Local { return l.Local.(*session.Local) }

// present says whether a component serves the name now. The name is locked.
func (n *name) present() bool { return n.m.Hub.Table.Lookup([]byte(n.text)) != nil }

// welcome gives a component that is being admitted what has waited for it. It
// runs on the component's loop, inside the table's critical section: nothing can
// come to it before this.
func (n *name) welcome(s *session.Session) {
	n.mu.Lock()
	set := s.Settings()
	if set.Absence != (wire.StanzaError{}) {
		n.absence.Store(&set.Absence)
	}
	n.awaitAll = set.AwaitAll
	told, units := n.adverts, n.down.takeAll()
	n.mu.Unlock()
	l := s.Conn().Loop()
	for _, a := range told {
		s.Conn().Write(l, a.raw)
	}
	s.Unpark(localOf(l), units)
}

// registered: a component has the name now, or could not have it after all.
func (n *name) registered() {
	n.mu.Lock()
	n.admitting--
	here := n.present()
	if here && !n.gone {
		for _, l := range n.links {
			if l != nil {
				l.want()
			}
		}
	}
	n.mu.Unlock()
	if !here {
		n.left()
	}
}
