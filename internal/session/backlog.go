// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"slices"

	"weir/engine"
	"weir/table"
	"weir/xmlscan"
)

// backlog is what waits for an instance that leaves shared names, or that servers
// know too.
type backlog struct {
	of    *Session
	taken bool
	units []waiting
}

// waiting is one stanza of a backlog, copied.
type waiting struct {
	raw  []byte
	src  uint32
	name string // its receiver's domain
	from string // its sender's bare address
}

// keep has what servers have sent to a component that is gone wait for its
// return. It runs inside the table's critical section, while everybody still
// finds us: whoever is told Gone looks again when it is over.
func (q *backlog) keep() {
	s := q.of
	up := s.local.hub.Rules().Upstream
	if up == nil || !s.broken || s.balanced() || !s.known(up) {
		return // what waits for it is still written, if its peer reads on
	}
	q.take()
	rest, kept := q.units[:0], map[string][]Unit{}
	for _, w := range q.units {
		if linkOf(s.local.hub.engine.Conn(w.src)) != nil && s.serves([]byte(w.name)) {
			kept[w.name] = append(kept[w.name], Unit{w.raw, w.src})
		} else {
			rest = append(rest, w)
		}
	}
	for name, units := range kept {
		if up.Keep(s.local, name, units) {
			s.local.Count.Parked += int64(len(units))
			continue
		}
		for _, u := range units {
			rest = append(rest, waiting{raw: u.Raw, src: u.Src, name: name})
		}
	}
	q.units = rest
}

// moveOn gives what waits to those who go on serving a name, each stanza to the
// one its sender has from now on. It runs inside the table's critical section,
// while everybody still finds us, once for each name that others serve too.
func (q *backlog) moveOn(n *table.Name, rest *table.Set) {
	if !q.taken {
		q.take()
	}
	lo, kept := q.of.local, q.units[:0]
	for _, w := range q.units {
		if w.name != n.Text {
			kept = append(kept, w)
			continue
		}
		to := rest.Pick([]byte(w.from)).Receiver.(*Session).conn
		switch to.Append(lo.loop, engine.One(w.raw, w.src)) {
		case engine.Refused:
			lo.sendHome(w.raw, w.src, busy)
		case engine.Gone:
			lo.sendHome(w.raw, w.src, absent)
		}
	}
	q.units = kept
}

// take seals our connection and copies what waits for it.
func (q *backlog) take() {
	q.taken = true
	lo := q.of.local
	q.of.conn.Yield(func(raw []byte, src uint32) {
		lo.reread(raw, func(st *xmlscan.Stanza) {
			from, to := lo.sender(st), lo.receiver(st)
			q.units = append(q.units, waiting{bytes.Clone(raw), src, string(to.Domain), string(from.Bare())})
		})
	})
}

// sendHome answers what nobody else serves.
func (q *backlog) sendHome() {
	for _, w := range q.units {
		q.of.local.sendHome(w.raw, w.src, absent)
	}
}

// known says whether servers are to know any of the session's names.
func (s *Session) known(up Upstream) bool {
	if s.acceptor().Subdomain() {
		return slices.ContainsFunc(Subdomains(s.in.Name(), s.local.hub.Rules().Hosts), up.Knows)
	}
	return up.Knows(s.in.Name())
}
