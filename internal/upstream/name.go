// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"slices"
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

	ways atomic.Pointer[[]*way] // by the router's upstreams; nil where they do not lead

	uses    atomic.Int64 // how often a way has been asked for
	lingers atomic.Bool  // its component has left
	absence atomic.Pointer[wire.StanzaError]

	mu        sync.Mutex    // guards what follows, and what links and ways are
	links     []*link       // one for each server that is to know it
	outgoing  []*link       // those whose server is not to know it any more
	linger    time.Duration // how long its links stay without it
	parkTime  time.Duration
	parkBytes int
	admitting []*session.Session // components that are about to serve it
	awaitAll  bool               // what waits for it waits for as long as it lingers
	gone      bool               // it has left for good
	holds     holding
	leaving   *time.Timer
	until     time.Time // when it fires
	sweeping  bool      // a sweep of down is due
	down      queue     // from servers, for the component
	adverts   []advert
}

// newName makes a name; nil if no server is to know it. The manager is locked.
func (m *Manager) newName(text string, loop *engine.Loop) *name {
	if !m.plan.knows(text) {
		return nil
	}
	n := &name{m: m, text: text, loop: loop, down: queue{total: &m.parked}, holds: holding{here: !m.Hub.Clustered()}}
	n.ways.Store(new([]*way))
	n.mu.Lock()
	defer n.mu.Unlock()
	n.shape(m.plan)
	return n
}

// allWays are the ways by the router's upstreams, some nil.
func (n *name) allWays() []*way { return *n.ways.Load() }

// way is one of them; nil if there is none.
func (n *name) way(upstream int32) *way {
	if ways := n.allWays(); int(upstream) < len(ways) {
		return ways[upstream]
	}
	return nil
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
	n.heed(s.Settings())
	told, units := n.adverts, n.down.takeAll()
	n.mu.Unlock()
	l := s.Conn().Loop()
	for _, a := range told {
		s.Conn().Write(l, a.raw)
	}
	s.Unpark(localOf(l), units)
}

// heed has what a component's listener says hold for when it is away. The name is
// locked.
func (n *name) heed(set *session.Settings) {
	if set.Absence != (wire.StanzaError{}) {
		n.absence.Store(&set.Absence)
	}
	n.awaitAll = set.AwaitAll
}

// registered: a component has the name now, or could not have it after all. One that
// was not admitted, since no server was to know the name then, changes nothing.
func (n *name) registered(s *session.Session) {
	n.mu.Lock()
	n.admitting = slices.DeleteFunc(n.admitting, func(a *session.Session) bool { return a == s })
	here := n.present()
	if here && !n.gone {
		n.regard()
		for _, l := range n.links {
			l.want()
		}
	}
	n.mu.Unlock()
	if !here {
		n.left()
	}
}
