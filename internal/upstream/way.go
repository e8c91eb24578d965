// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"math"
	"slices"
	"time"

	"weir/engine"
	"weir/internal/session"
)

// way is which of several links the stanzas of one name take, and what waits while
// there is none. The name's mutex guards it; links come and go on the name's loop.
type way struct {
	session.Way
	n     *name
	links []*link // the first is taken when it is up

	up       queue // from the component, for a server
	parkTime time.Duration
	max      int  // bytes of up
	sweeping bool // a sweep of up is due
	handed   handed
}

// handed is what had waited when a link was given it. It does not begin to wait anew
// when the link gives it back: a server that takes links, reads nothing and dies
// could else keep it for ever.
type handed struct {
	to     *session.Session
	n      int       // stanzas, the first that the link was given
	oldest time.Time // since when the oldest of them waits
}

// note is for stanzas that a link is about to be given.
func (h *handed) note(s *session.Session, units []held) {
	if h.to != s {
		*h = handed{to: s, oldest: units[0].since}
	}
	h.n += len(units)
}

// returned dates what a link has given back, all but the first written of what it
// was given. One that it had written in part is neither here nor among these: then
// one too many is taken for old, and is answered sooner than it need be.
func (h *handed) returned(s *session.Session, units []session.Unit, written int) []held {
	all := since(units, time.Now())
	for i := range all {
		if h.to == s && written+i < h.n {
			all[i].since = h.oldest
		}
	}
	return all
}

func (n *name) newWay() *way {
	w := &way{n: n, up: queue{total: &n.m.parked}}
	w.Name = n.text
	w.SetShared(n.holds.shared)
	w.Park = w.park
	return w
}

// shape has the way lead to these servers; the name is locked. It is not yet taken:
// see settle.
func (w *way) shape(group []*server) {
	w.links = w.links[:0:0]
	most, trusted := math.MaxInt, false
	w.parkTime, w.max = 0, 0
	for _, s := range preference(w.n.text, group) {
		l := w.n.link(s)
		if l == nil {
			continue
		}
		set := s.now()
		w.links = append(w.links, l)
		most = min(most, set.MaxStanza)
		w.parkTime, w.max = max(w.parkTime, set.ParkTime), max(w.max, set.ParkBytes)
		trusted = trusted || under(w.n.text, set.Privileged)
	}
	w.Allow(most, trusted)
}

// settle has the way follow its servers after they have changed. It runs on the
// name's loop.
func (w *way) settle() {
	w.n.mu.Lock()
	now := w.Link()
	stays := now == nil || slices.ContainsFunc(w.links, func(l *link) bool { return l.sess == now })
	if !stays {
		w.SetLink(nil)
	}
	next := w.first(nil)
	var over []session.Unit
	if len(w.links) == 0 {
		over = w.up.takeAll() // nobody will come for it
	}
	w.n.mu.Unlock()
	w.n.local().ServerTimeout(over)
	switch {
	case now != nil && stays:
		w.prefer()
	case next != nil:
		w.take(next)
	}
}

// first is the best link that is up, but for one that is known to be gone. The name
// is locked.
func (w *way) first(gone *session.Session) *link {
	for _, l := range w.links {
		if l.state == up && l.sess != gone {
			return l
		}
	}
	return nil
}

// park has a component's stanza wait for a link.
func (w *way) park(lo *session.Local, u session.Unit) session.Parking {
	w.n.mu.Lock()
	switch {
	case w.Link() != nil || w.Away() != nil && u.Src < engine.Foreign:
		w.n.mu.Unlock()
		return session.Present
	case !w.n.holds.here && u.Src >= engine.Foreign: // another node's: it goes no further from here
		w.n.mu.Unlock()
		return session.Nobody
	case w.n.gone || w.max == 0 || w.hopeless() || w.n.m.ctx.Err() != nil || !w.n.m.fits(u):
		w.n.mu.Unlock()
		return session.Nobody
	}
	over := w.up.push(u, w.max)
	w.sweepLater()
	w.n.mu.Unlock()
	lo.ServerTimeout(over)
	return session.Parked
}

// hopeless says that every server refuses the name. The name is locked.
func (w *way) hopeless() bool {
	return !slices.ContainsFunc(w.links, func(l *link) bool { return l.refused == "" })
}

// cameUp: a link is up. If there is none it is taken, behind what has waited; in
// another one's place not before it has proved to last.
func (w *way) cameUp(l *link) {
	w.n.mu.Lock()
	ours, now, in := slices.Contains(w.links, l), w.Link(), time.Until(l.proven)
	w.n.mu.Unlock()
	switch {
	case !ours:
	case now == nil:
		w.take(l)
	default:
		time.AfterFunc(max(in, 0), func() { time.AfterFunc(l.srv.returnTurn(), w.preferLater) })
	}
}

// take makes a link the one that is taken: first it is given what waits, and as
// long as that goes on, others wait too.
func (w *way) take(l *link) {
	lo := w.n.local()
	for {
		w.n.mu.Lock()
		s := l.sess
		if l.state != up || s == nil {
			w.n.mu.Unlock()
			return // what waits keeps its age
		}
		if len(w.up.units) == 0 {
			w.SetLink(s)
			w.n.mu.Unlock()
			return
		}
		w.handed.note(s, w.up.units)
		units := w.up.takeAll()
		w.n.mu.Unlock()
		s.Unpark(lo, units)
	}
}

// switchPause is when a change to a better link is tried again: not while
// anything waits at the other, which would come second.
const switchPause = 100 * time.Millisecond

func (w *way) preferLater() { w.n.loop.Post(w.prefer) }

// prefer changes to the best link that has lasted.
func (w *way) prefer() {
	w.n.mu.Lock()
	defer w.n.mu.Unlock()
	now := w.Link()
	for _, l := range w.links {
		switch {
		case l.sess == now && now != nil:
			return
		case l.state != up || time.Now().Before(l.proven):
			continue
		case now != nil && now.Conn().Queued() > 0:
			time.AfterFunc(switchPause, w.preferLater)
			return
		case now != nil:
			w.SetLink(l.sess)
			w.n.m.Log.Info("component changes to a better upstream", "component", w.n.text, "upstream", l.srv.name)
			return
		}
	}
}

// wentDown: a link takes nothing any more. What it was given in vain, if it was
// ours, is the first to go by another, or waits.
func (w *way) wentDown(s *session.Session, units []session.Unit) {
	lo := w.n.local()
	w.n.mu.Lock()
	w.Lost(s)
	var back []session.Unit
	if w.n.gone || w.max == 0 || len(w.links) == 0 || w.n.m.ctx.Err() != nil {
		back = units
	} else if len(units) > 0 {
		back = w.up.prepend(w.handed.returned(s, units, int(s.Conn().Tally().UnitsOut)), w.max, w.n.m.room())
	}
	if w.handed.to == s {
		w.handed = handed{}
	}
	w.sweepLater()
	next := (*link)(nil)
	if w.Link() == nil && w.n.holds.here {
		next = w.first(s)
	}
	w.n.mu.Unlock()
	lo.ServerTimeout(back)
	if next != nil {
		w.take(next)
	}
}

// sweepLater sees to it that what has waited for too long is answered. The name is
// locked.
func (w *way) sweepLater() {
	if w.sweeping {
		return
	}
	if d, ok := w.up.next(w.parkTime); ok {
		w.sweeping = true
		time.AfterFunc(d, func() { w.n.loop.Post(w.sweep) })
	}
}

func (w *way) sweep() {
	w.n.mu.Lock()
	w.sweeping = false
	old := w.up.expired(w.parkTime)
	w.sweepLater()
	w.n.mu.Unlock()
	w.n.local().ServerTimeout(old)
}

// refused answers what waits for servers that do not want the name.
func (n *name) refused() {
	var units []session.Unit
	n.mu.Lock()
	for _, w := range n.allWays() {
		if w != nil && w.Link() == nil && w.hopeless() {
			units = append(units, w.up.takeAll()...)
		}
	}
	n.mu.Unlock()
	n.local().ServerTimeout(units)
}
