// SPDX-License-Identifier: Apache-2.0

package link

import "slices"

// Place says which frame of its sender's a stanza came in: with an answer, so that the sender knows what that answers.
type Place struct {
	Lane  uint8
	Epoch uint32
	Seq   uint64 // 0: not known
}

const (
	// spansMax is how many of the last losses of a lane are remembered: each is of a peer that was given up, which takes
	// seconds.
	spansMax = 8
	// goneMax is how many peers are remembered that were forgotten. One that was only frozen comes back as it was.
	goneMax = 16
)

// span is the frames of one loss, from the first to the last.
type span struct{ first, last Place }

// report notes frames that are reported lost. The lane is locked.
func (ln *lane) report(first *frame) {
	if first == nil {
		return
	}
	last := first
	for last.next != nil {
		last = last.next
	}
	s := span{Place{ln.n, first.epoch, first.seq}, Place{ln.n, last.epoch, last.seq}}
	if len(ln.spans) == spansMax {
		ln.spans = slices.Delete(ln.spans, 0, 1)
	}
	ln.spans = append(ln.spans, s)
}

// reported says whether a frame is one of those that were reported lost.
func (ln *lane) reported(p Place) bool {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	return slices.ContainsFunc(ln.spans, func(s span) bool { return !p.before(s.first) && !s.last.before(p) })
}

// before says whether a frame was sent before another one of its lane.
func (p Place) before(o Place) bool { return p.Epoch < o.Epoch || p.Epoch == o.Epoch && p.Seq < o.Seq }

// Reported says whether what a peer answers was given to Options.Lost, as it came in a frame that was not acknowledged:
// its sender has been told, and an answer now would be a second one. A peer that was frozen and wakes up cannot know.
func (l *Link) Reported(by Peer, p Place) bool {
	if p.Seq == 0 || int(p.Lane) >= l.o.Lanes {
		return false
	}
	if r := l.known(by); r != nil && r.lanes[p.Lane].reported(p) {
		return true
	}
	l.mu.Lock()
	gone := slices.Clone(l.gone)
	l.mu.Unlock()
	return slices.ContainsFunc(gone, func(r *remote) bool { return r.peer == by && r.lanes[p.Lane].reported(p) })
}

// remember keeps a peer that was forgotten for Reported. The link's lock is held.
func (l *Link) remember(r *remote) {
	if len(l.gone) == goneMax {
		l.gone = slices.Delete(l.gone, 0, 1)
	}
	l.gone = append(l.gone, r)
}
