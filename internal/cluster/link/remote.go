// SPDX-License-Identifier: Apache-2.0

package link

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// probeInterval is how long something sent may go without an answer before the peer is asked, and how far apart two
	// answers that nobody is there must be to be believed: a node that reconnects is away for less.
	probeInterval = 250 * time.Millisecond
	// silenceMax is how long a peer may leave questions unanswered. With the interval before it, senders are answered
	// well within the 6 s that the documentation promises.
	silenceMax = 4 * time.Second
	// returnInterval is how often an unreachable peer is asked whether it is back.
	returnInterval = 500 * time.Millisecond
	// downMax is how long we ourselves may be without the bus before everybody counts as unreachable.
	downMax = 500 * time.Millisecond
)

type state uint8

const (
	reachable   state = iota
	doubted           // nobody was there: frames wait until it answers
	unreachable       // what was sent is reported lost; nothing is taken
)

// remote is one peer as we send to it.
type remote struct {
	l       *Link
	peer    Peer
	lanes   []*lane
	queued  atomic.Int64 // bytes that wait to be sent, over all lanes
	high    int64        // of these: Stalled
	low     int64        // Opened
	version atomic.Uint32
	open    atomic.Bool // state == reachable: publishers may send

	mu      sync.Mutex
	state   state
	gone    bool      // forgotten by the link: whoever still holds it gets ErrUnreachable
	asked   time.Time // the first question that was not answered yet
	none    time.Time // the first NoResponder since it was heard last
	pinged  time.Time
	waiters []*waiter

	telling sync.Mutex // held during Stalled and Opened, so that they come in turn
	stalled atomic.Bool

	reach sync.Mutex // held during Unreachable and Reachable
	away  bool       // under reach: Unreachable was told

	acks, ackTime, ackMax atomic.Uint64
}

// waiter is somebody in Link.Probe.
type waiter struct {
	alive chan bool // has room for the answer
	none  time.Time
}

func newRemote(l *Link, p Peer) *remote {
	r := &remote{l: l, peer: p, high: int64(l.o.QueueBytes / 2), low: int64(l.o.QueueBytes / 8)}
	r.version.Store(uint32(l.o.versions.lowest)) // until we have heard more
	r.open.Store(true)
	for i := range l.o.Lanes {
		ln := &lane{r: r, p: l.publishers[i], n: uint8(i), window: min(windowFloor, l.o.WindowBytes)}
		ln.begin()
		r.lanes = append(r.lanes, ln)
	}
	return r
}

// heard is told when the peer has answered anything.
func (r *remote) heard() {
	r.mu.Lock()
	was := r.state
	r.asked, r.none = time.Time{}, time.Time{}
	r.tellWaiters(true)
	if was != reachable && !r.gone {
		r.state = reachable
		r.open.Store(true)
		for _, ln := range r.lanes {
			ln.open()
			ln.ask(time.Now(), 0) // has what was sent last arrived?
			ln.resume()
		}
	}
	r.mu.Unlock()
	if was != reachable {
		r.tellReach()
	}
}

func (r *remote) tellWaiters(alive bool) {
	for _, w := range r.waiters {
		w.alive <- alive
	}
	r.waiters = nil
}

// nobody is told when nobody was there to take something.
func (r *remote) nobody(now time.Time) {
	r.mu.Lock()
	r.waiters = answer(r.waiters, now)
	give := false
	switch {
	case r.state == reachable:
		r.state, r.none = doubted, now
		r.open.Store(false)
	case r.state == doubted && now.Sub(r.none) >= probeInterval:
		give = true
	}
	r.mu.Unlock()
	if give {
		r.fail()
	}
}

// answer tells those who have now heard twice that nobody is there, and returns the others.
func answer(waiters []*waiter, now time.Time) (rest []*waiter) {
	for _, w := range waiters {
		switch {
		case w.none.IsZero():
			w.none = now
		case now.Sub(w.none) >= probeInterval:
			w.alive <- false
			continue
		}
		rest = append(rest, w)
	}
	return rest
}

// fail gives the peer up for now: everything in the lanes is lost, and nothing more is taken.
func (r *remote) fail() { r.end(false) }

// forget gives the peer up for good.
func (r *remote) forget() { r.end(true) }

// replaced gives up the former life of a node: another has answered.
func (r *remote) replaced() {
	r.mu.Lock()
	r.tellWaiters(false)
	r.mu.Unlock()
	r.fail()
}

func (r *remote) end(gone bool) {
	type lost struct{ sent, waiting *frame }
	lists := make([]lost, len(r.lanes))
	r.mu.Lock()
	if r.state != unreachable {
		r.l.n.unreachable.Add(1)
	}
	r.state, r.gone = unreachable, r.gone || gone
	if gone {
		r.tellWaiters(false)
	}
	r.open.Store(false)
	for i, ln := range r.lanes {
		lists[i].sent, lists[i].waiting = ln.empty()
	}
	r.mu.Unlock()

	for i, ln := range r.lanes {
		r.l.lose(ln, Unknown, lists[i].sent)
		r.l.lose(ln, NotDelivered, lists[i].waiting)
	}
	r.tellQueue()
	r.tellReach()
}

// tellReach tells of a change between reachable and not. Who changes the state calls it afterwards, so that in the end
// what was told is what is.
func (r *remote) tellReach() {
	r.reach.Lock()
	defer r.reach.Unlock()
	r.mu.Lock()
	away, gone := r.state == unreachable, r.gone
	r.mu.Unlock()
	if away == r.away || gone {
		return
	}
	r.away = away
	tell, event := r.l.o.Reachable, "peer reachable again"
	if away {
		tell, event = r.l.o.Unreachable, "peer unreachable"
	}
	r.l.o.Log.Warn(event, "peer", string(r.peer.Node))
	if tell != nil {
		tell(r.peer)
	}
}

// tellQueue tells that the queue has filled up or drained, if it has.
func (r *remote) tellQueue() {
	r.telling.Lock()
	defer r.telling.Unlock()
	queued := r.queued.Load()
	switch stalled := r.stalled.Load(); {
	case !stalled && queued >= r.high:
		r.stalled.Store(true)
		if r.l.o.Stalled != nil {
			r.l.o.Stalled(r.peer)
		}
	case stalled && queued <= r.low:
		r.stalled.Store(false)
		if r.l.o.Opened != nil {
			r.l.o.Opened(r.peer)
		}
	}
}

// speaks takes note of the versions that the peer speaks.
func (r *remote) speaks(v versions) { r.version.Store(uint32(r.l.o.versions.common(v))) }

// acknowledged counts an acknowledgement.
func (r *remote) acknowledged(took time.Duration) {
	r.acks.Add(1)
	r.ackTime.Add(uint64(took))
	for {
		most := r.ackMax.Load()
		if uint64(took) <= most || r.ackMax.CompareAndSwap(most, uint64(took)) {
			return
		}
	}
}

// leave takes a waiter off that has stopped to wait.
func (r *remote) leave(w *waiter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiters = slices.DeleteFunc(r.waiters, func(o *waiter) bool { return o == w })
}
