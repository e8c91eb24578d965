// SPDX-License-Identifier: Apache-2.0

package link

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// windowFloor is what a peer may have on the way before it has been granted anything, and the least it is granted.
	windowFloor = 48 << 10
	// lateAge is how long a batch may hold its lane up.
	lateAge = 200 * time.Millisecond
)

// source is one peer as we receive from it.
type source struct {
	l     *Link
	peer  Peer
	lanes []*sourceLane

	used  atomic.Int64 // when something was taken last, Unix time in ns
	sends atomic.Bool  // something was taken, and it is not gone: it has a share of Options.InboundBytes
	mu    sync.Mutex
	owing bool // the controller has it on its list
}

// sourceLane is one lane of a source: which frame is the next to be taken, and which batches are not done.
type sourceLane struct {
	s    *source
	lane uint8

	mu    sync.Mutex
	epoch uint32
	dead  bool     // the epoch was reset
	blank bool     // nothing is known of this epoch: it is one of a peer that was gone, or there was none yet
	last  uint64   // frame taken last in this epoch
	done  struct { // every frame taken up to here is done
		epoch uint32
		seq   uint64
	}
	waiting batches
	undone  int  // cost of waiting
	owed    int  // cost of what is done and was not acknowledged yet
	due     bool // an acknowledgement is to be sent
}

// batches is a list in order.
type batches struct{ head, tail *Batch }

func newSource(l *Link, p Peer) *source {
	s := &source{l: l, peer: p}
	for i := range l.o.Lanes {
		s.lanes = append(s.lanes, &sourceLane{s: s, lane: uint8(i), blank: true})
	}
	return s
}

// verdict is what becomes of a frame.
type verdict uint8

const (
	taken    verdict = iota
	dropped          // it is over with: nothing to say
	refused          // it, and all of its epoch after last, is refused: say so
	unknown          // it is of an epoch whose beginning was not seen, or is not known any more: say so
	answered         // a probe that found nothing missing
)

// judge says what becomes of a frame, and takes it. It is asked in the order in which frames come.
func (sl *sourceLane) judge(h *header) verdict {
	n := &sl.s.l.n
	probe := h.flags&flagProbe != 0
	if h.epoch > sl.epoch && (!sl.blank || !probe && h.seq == 1) {
		sl.epoch, sl.dead, sl.blank, sl.last = h.epoch, false, false, 0
	}
	switch {
	case sl.blank:
		return unknown
	case probe && (h.epoch < sl.epoch || !sl.dead && h.seq <= sl.last):
		return answered
	case probe && sl.dead:
		return refused // it was not heard the first time
	case h.epoch < sl.epoch || sl.dead:
		n.stale.Add(1)
		return dropped
	case h.seq <= sl.last:
		n.duplicates.Add(1)
		return dropped
	case probe || h.seq != sl.last+1:
		n.gaps.Add(1)
		sl.dead = true
		return refused
	}
	sl.last = h.seq
	return taken
}

// finish is told when a batch is done.
func (sl *sourceLane) finish(b *Batch) {
	sl.mu.Lock()
	urgent := false
	if !b.done {
		b.done = true
		urgent = sl.advance()
	}
	due := sl.due
	sl.mu.Unlock()
	if due {
		sl.s.owe(urgent)
	}
}

// advance takes what is done off the front, and says whether the sender should hear of it at once.
func (sl *sourceLane) advance() (urgent bool) {
	for b := sl.waiting.head; b != nil && b.done; b = sl.waiting.head {
		if sl.waiting.head = b.next; b.next == nil {
			sl.waiting.tail = nil
		}
		c := sl.s.l.pools.costOf(len(b.frame))
		sl.done.epoch, sl.done.seq = b.epoch, b.seq
		sl.undone, sl.owed, sl.due = sl.undone-c, sl.owed+c, true
		b.next = nil
	}
	return sl.owed >= min(ackBytes, sl.s.l.grant()/4)
}

func (s *source) owe(urgent bool) {
	s.mu.Lock()
	first := !s.owing
	s.owing = true
	s.mu.Unlock()
	s.l.control.owe(s, first, urgent)
}

// acknowledgements appends what is to be sent.
func (s *source) acknowledgements(to []letter) []letter {
	s.mu.Lock()
	s.owing = false
	s.mu.Unlock()
	window := uint32(s.l.grant())
	for _, sl := range s.lanes {
		sl.mu.Lock()
		if sl.due {
			sl.due, sl.owed = false, 0
			to = append(to, letter{s.peer, 0, record{kind: ack, lane: sl.lane, window: window, epoch: sl.done.epoch, seq: sl.done.seq}})
		}
		sl.mu.Unlock()
	}
	return to
}

// forget forgets what is on the way. What comes of it still is told so, and an epoch must begin anew.
func (s *source) forget() {
	if s.sends.CompareAndSwap(true, false) {
		s.l.senders.Add(-1)
	}
	for _, sl := range s.lanes {
		sl.mu.Lock()
		for b := sl.waiting.head; b != nil; b = b.next {
			b.done = true
		}
		sl.waiting, sl.undone, sl.owed, sl.due, sl.blank = batches{}, 0, 0, false, true
		sl.mu.Unlock()
	}
}

// late gives the batches that hold the lane up, each again after lateAge. With release there is nobody to be told, and
// they are done.
func (sl *sourceLane) late(now time.Time, release bool) (held []*Batch) {
	sl.mu.Lock()
	if sl.undone < sl.s.l.grant()/2 {
		sl.mu.Unlock()
		return nil
	}
	for b := sl.waiting.head; b != nil && now.Sub(b.came) >= lateAge; b = b.next {
		if !b.done && now.Sub(b.late) >= lateAge {
			b.late = now
			held = append(held, b)
		}
	}
	sl.mu.Unlock()
	if release {
		for _, b := range held {
			sl.finish(b)
		}
	}
	return held
}
