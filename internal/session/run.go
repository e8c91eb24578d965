// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/engine"
	"weir/xmlscan"
)

// runBytes is the most that travels as one run. A source that has more than its
// share waiting is stopped after at most one more run.
const runBytes = 32 << 10

// run is neighbouring stanzas of one read for one destination: one lock, one
// copy. There is one a loop, and it is empty between events.
type run struct {
	feed []byte   // the read they lie in; nil when what is read does not lie together
	dest *Session // nil: the run is empty
	from int      // where in feed it begins
	to   int      // and ends
	ends []uint32 // of each stanza, from the beginning
	send engine.Run
}

// addToRun puts a stanza that goes byte for byte into the run, behind its
// neighbour if there is one; else the run is sent and another one begins.
func (s *Session) addToRun(dest *Session, st *xmlscan.Stanza) {
	r := &s.local.run
	if st.Start < 0 {
		s.sendRun()
		s.sendAlone(dest, st.Raw)
		return
	}
	if r.dest != dest || st.Start != r.to || st.Start-r.from >= runBytes {
		s.sendRun()
		r.dest, r.from = dest, st.Start
	}
	r.to = st.Start + len(st.Raw)
	r.ends = append(r.ends, uint32(r.to-r.from))
}

// sendRun queues the run at its destination.
func (s *Session) sendRun() {
	r := &s.local.run
	if r.dest == nil {
		return
	}
	dest := r.dest
	r.dest = nil
	r.send.Bytes, r.send.Ends = r.feed[r.from:r.to], r.ends
	s.send(dest, &r.send)
	r.ends = r.ends[:0]
}

// sendAlone queues one stanza.
func (s *Session) sendAlone(dest *Session, b []byte) {
	r := &s.local.run
	r.ends = append(r.ends[:0], uint32(len(b)))
	r.send.Bytes, r.send.Ends = b, r.ends
	s.send(dest, &r.send)
	r.ends = r.ends[:0]
}

// send queues stanzas at a destination and does what its verdict asks for.
func (s *Session) send(dest *Session, r *engine.Run) {
	r.Src = s.conn.ID()
	switch dest.conn.Append(s.conn.Loop(), r) {
	case engine.Hold:
		s.holdFor(dest.conn)
	case engine.Refused:
		s.sendBack(r, busy)
	case engine.Gone:
		s.sendOn(dest, r)
	}
}

// sendOn is for a destination that went while we were on our way to it: what we
// have goes to whoever took its place, else back.
func (s *Session) sendOn(dest *Session, r *engine.Run) {
	if next := dest.conn.Successor(); next != nil {
		s.send(next.Handler().(*Session), r)
		return
	}
	switch {
	case dest.uplink() != nil || s.uplink() != nil:
		s.reroute(dest, r)
	case dest.balanced():
		s.spread(dest, r)
	default:
		s.sendBack(r, absent)
	}
}
