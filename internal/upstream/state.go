// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"weir/engine"
	"weir/internal/session"
	"weir/internal/wire"
)

// State is a name and its links as a value.
type State struct {
	Name     string
	Loop     int       // the number of the loop its links live on
	Left     bool      // its component has left,
	Until    time.Time // and is awaited until then
	AwaitAll bool
	Absence  *wire.StanzaError
	Uses     int64

	Links   []LinkState
	Up      []Parked // what waits for servers; each way's in order
	Down    []Parked // what waits for the component
	Adverts []Advert
}

// LinkState is a link as a value. What it says stands in its connection's and its
// session's states.
type LinkState struct {
	Server        string
	Digest        [sha256.Size]byte // of how it was opened
	Conn          uint32            // its connection's ID; 0: it is not up
	Since, Proven time.Time
	Failed        int32
	Refused       string
	Ping          string // the question under way
}

// Parked is a stanza that waits.
type Parked struct {
	session.Unit
	Since time.Time
	Group string // the servers it is for, see Grouping
}

// Advert is what a server has told a component once.
type Advert struct {
	Server, From, NS string
	Raw              []byte
}

// digest tells apart what is not the same way to open a connection.
func (s *Settings) digest() [sha256.Size]byte {
	text := fmt.Appendf(nil, "%q %q", s.Address, s.Secret)
	if s.TLS != nil {
		text = append(text, s.TLS.Digest[:]...)
	}
	return sha256.Sum256(text)
}

// States are all names. The loops are frozen; what the states point to is not to be
// changed.
func (m *Manager) States() []State {
	var all []State
	for _, n := range m.all() {
		n.mu.Lock()
		if !n.gone {
			all = append(all, n.state())
		}
		n.mu.Unlock()
	}
	return all
}

func (n *name) state() State {
	st := State{
		Name: n.text, Loop: n.loop.ID(), Left: n.lingers.Load(), Until: n.until, AwaitAll: n.awaitAll,
		Absence: n.absence.Load(), Uses: n.uses.Load(), Down: n.down.state(""),
	}
	for g, w := range n.allWays() {
		if w != nil {
			st.Up = append(st.Up, w.up.state(n.m.Grouping.known[g])...)
		}
	}
	for _, l := range n.links {
		k := LinkState{Server: l.srv.name, Since: l.since, Proven: l.proven, Failed: l.failed.Load(), Refused: l.refused}
		if l.state == up && l.sess != nil {
			k.Conn, k.Digest, k.Ping = l.sess.Conn().ID(), l.terms.digest(), l.ping.id
		}
		st.Links = append(st.Links, k)
	}
	for _, a := range n.adverts {
		st.Adverts = append(st.Adverts, Advert{a.server.name, a.from, a.ns, a.raw})
	}
	return st
}

func (q *queue) state(group string) (all []Parked) {
	for _, u := range q.units {
		all = append(all, Parked{u.Unit, u.since, group})
	}
	return all
}

// Abandon forgets everything, since it goes on elsewhere: no link is opened any
// more, and what waits is not answered.
func (m *Manager) Abandon() {
	m.Stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	for text, n := range m.names {
		n.mu.Lock()
		n.stay()
		n.gone = true
		n.down.forget()
		for _, w := range n.allWays() {
			if w != nil {
				w.SetLink(nil)
				w.up.forget()
			}
		}
		for _, l := range n.links {
			l.wanted = false
			n.loop.Disarm(&l.ping.timer)
		}
		n.mu.Unlock()
		delete(m.names, text)
	}
}

// Heritage is what a Manager is restored from, beside the states.
type Heritage struct {
	// Session makes the session of a link of the connection with an ID, on a loop;
	// nil if that cannot be.
	Session func(conn uint32, l *engine.Loop, srv *session.Server, owner session.Owner) *session.Session
	Loop    func(id int) *engine.Loop // where a name goes on whose links were on that loop
}

// Restore takes names over. The loops are frozen, and who serves the names is not in
// the table yet, or links would be opened. Begin follows when they go on. A name that no server is to know any
// more is passed over; what of it waited is returned.
func (m *Manager) Restore(all []State, from Heritage) (homeless []session.Unit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range all {
		st := &all[i]
		n := m.newName(st.Name, from.Loop(st.Loop))
		if n == nil {
			homeless = append(append(homeless, units(st.Up)...), units(st.Down)...)
			continue
		}
		m.names[st.Name] = n
		n.mu.Lock()
		homeless = append(homeless, n.restore(st, from)...)
		n.mu.Unlock()
	}
	return homeless
}

func units(all []Parked) (u []session.Unit) {
	for _, p := range all {
		u = append(u, p.Unit)
	}
	return u
}

func (n *name) restore(st *State, from Heritage) (homeless []session.Unit) {
	n.uses.Store(st.Uses)
	n.absence.Store(st.Absence)
	n.awaitAll = st.AwaitAll
	if st.Left {
		n.lingers.Store(true)
		n.m.lingering.Add(1)
		n.until = st.Until
		n.leaving = time.AfterFunc(time.Until(st.Until), n.over)
	}
	for _, p := range st.Down {
		n.down.add(held{p.Unit, p.Since})
	}
	n.sweepLater()
	for i := range st.Links {
		if at := slices.IndexFunc(n.links, func(l *link) bool { return l.srv.name == st.Links[i].Server }); at >= 0 {
			n.links[at].restore(&st.Links[i], from)
		}
	}
	for _, a := range st.Adverts {
		if at := slices.IndexFunc(n.links, func(l *link) bool { return l.srv.name == a.Server }); at >= 0 {
			n.adverts = append(n.adverts, advert{n.links[at].srv, a.From, a.NS, a.Raw})
		}
	}
	for _, p := range st.Up {
		w, g := (*way)(nil), slices.Index(n.m.Grouping.known, p.Group)
		if g >= 0 {
			w = n.way(int32(g))
		}
		if w == nil || w.max == 0 {
			homeless = append(homeless, p.Unit)
			continue
		}
		w.up.add(held{p.Unit, p.Since})
	}
	for _, w := range n.allWays() {
		if w == nil {
			continue
		}
		if l := w.first(nil); l != nil && len(w.up.units) == 0 {
			w.SetLink(l.sess)
		}
		w.sweepLater()
	}
	return homeless
}

// restore has a link go on that was up. One that is to be opened in another way now
// is outdated: it is ended, and opened anew, by Begin.
func (l *link) restore(st *LinkState, from Heritage) {
	l.failed.Store(st.Failed)
	l.refused, l.since, l.proven = st.Refused, st.Since, st.Proven
	if st.Conn == 0 {
		return
	}
	terms := l.srv.now()
	if terms.digest() != st.Digest {
		terms = l.srv.m.newTerms(terms.Settings, terms.epoch-1)
	}
	s := from.Session(st.Conn, l.n.loop, terms.streams, l)
	if s == nil {
		return
	}
	l.terms, l.sess, l.state, l.wanted = terms, s, up, true
	l.watch(s)
	l.ping.id, l.ping.asked = st.Ping, l.n.loop.Now()
}

// Begin has restored names go on: what is missing is opened, what waits is sent.
func (m *Manager) Begin() {
	for _, n := range m.all() {
		n.mu.Lock()
		for _, l := range n.links {
			if l.state == idle && (n.present() || n.lingers.Load()) {
				l.want()
			}
		}
		n.mu.Unlock()
	}
	m.Settle()
}
