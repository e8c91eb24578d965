// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"container/list"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"weir/engine/driver"
)

// Bounds of what handshakes may take. Beyond them clients wait, or are refused.
const (
	// startedMax handshakes may stand between two messages, each with the stack
	// of a coroutine and what crypto/tls has of it. One network (an IPv4 address,
	// an IPv6 /64) has at most startedFromMax.
	startedMax     = 2048
	startedFromMax = 1024
	// queuedMax may wait for their first step, with their ClientHello alone.
	queuedMax     = 4096
	queuedFromMax = 2048
	// firstMax first steps a runner, the costly ones, wait for it: few, so that
	// the next network in turn waits for no more than these.
	firstMax = 4
	// graceTime is what a peer has for its next message while others wait for
	// its place: some round trips round the world.
	graceTime = time.Second
)

// Handshakes sees to it that TLS handshakes, which cost a hundred times what a
// connection without costs, hurt nobody: they are computed in a pool, networks
// take turns, and who is silent loses its place to who is not. Safe for
// concurrent use.
type Handshakes struct {
	pool   *Offload
	bounds handshakeBounds

	mu      sync.Mutex
	queue   list.List // of *origin with somebody waiting, in turn
	origins map[netip.Prefix]*origin
	started list.List // of *place, who has been idle longest first
	waiting int       // in all queues
	first   int       // first steps that wait for a runner, or are computed

	made, failed, late, evicted, full atomic.Int64
}

// handshakeBounds are the bounds above.
type handshakeBounds struct {
	started, startedFrom, queued, queuedFrom, first int
	grace                                           time.Duration
}

// origin is the handshakes from one network.
type origin struct {
	from    netip.Prefix
	waiting list.List // of *place
	started list.List // of *place, who has been idle longest first
	turn    *list.Element
}

// place is one handshake's place among all; guarded by Handshakes.mu.
type place struct {
	h      *handshake
	from   netip.Prefix
	state  placeState
	first  bool  // its first step is under way
	idle   int64 // since when it waits for its peer; 0: it does not
	inAll  *list.Element
	inFrom *list.Element
}

type placeState uint8

const (
	placeNone placeState = iota
	placeQueued
	placeStarted
)

// NewHandshakes returns an empty set whose work is done by pool.
func NewHandshakes(pool *Offload) *Handshakes {
	return &Handshakes{
		pool:    pool,
		origins: map[netip.Prefix]*origin{},
		bounds: handshakeBounds{
			started: startedMax, startedFrom: startedFromMax,
			queued: queuedMax, queuedFrom: queuedFromMax,
			first: firstMax * pool.Runners(), grace: graceTime,
		},
	}
}

// HandshakeCount is what became of handshakes so far, and how many are under way.
type HandshakeCount struct {
	Made, Failed, Late, Evicted, Full int64
	Started, Queued                   int
}

// Count tells the figures. They are each right, not all of one moment.
func (a *Handshakes) Count() HandshakeCount {
	a.mu.Lock()
	defer a.mu.Unlock()
	return HandshakeCount{
		Made: a.made.Load(), Failed: a.failed.Load(), Late: a.late.Load(), Evicted: a.evicted.Load(), Full: a.full.Load(),
		Started: a.started.Len(), Queued: a.waiting,
	}
}

// enter queues a handshake for its first step, which comes when it is its
// network's turn.
func (a *Handshakes) enter(p *place) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.origins[p.from]
	if o == nil {
		o = &origin{from: p.from}
		a.origins[p.from] = o
	}
	if a.waiting >= a.bounds.queued || o.waiting.Len() >= a.bounds.queuedFrom {
		a.full.Add(1)
		return ErrHandshakeFull
	}
	p.state, p.inFrom = placeQueued, o.waiting.PushBack(p)
	a.waiting++
	if o.turn == nil {
		o.turn = a.queue.PushBack(o)
	}
	a.pump()
	return nil
}

// pump starts those who wait, a network after the other, as far as there are
// places and runners for them.
func (a *Handshakes) pump() {
	for skipped := 0; skipped < a.queue.Len() && a.first < a.bounds.first; {
		o := a.queue.Front().Value.(*origin)
		if !a.room(o) {
			a.queue.MoveToBack(o.turn)
			skipped++
			continue
		}
		p := o.waiting.Front().Value.(*place)
		a.dequeue(o, p)
		if o.turn != nil {
			a.queue.MoveToBack(o.turn)
		}
		a.start(o, p)
	}
}

// room sees to it that one more of o may be started, if need be at the cost of
// who has been silent for long.
func (a *Handshakes) room(o *origin) bool {
	oldest := a.started.Front()
	switch {
	case o.started.Len() >= a.bounds.startedFrom:
		oldest = o.started.Front()
	case a.started.Len() < a.bounds.started:
		return true
	}
	p := oldest.Value.(*place)
	if p.idle == 0 || driver.Now()-p.idle < a.bounds.grace.Nanoseconds() {
		return false
	}
	a.remove(p)
	a.evicted.Add(1)
	p.h.t.c.loop.Post(p.h.evicted)
	return true
}

func (a *Handshakes) start(o *origin, p *place) {
	p.state, p.first = placeStarted, true
	p.inAll, p.inFrom = a.started.PushBack(p), o.started.PushBack(p)
	a.first++
	p.h.steps.lane = a.pool.Lane()
	if p.h.steps.lane.Do(p.h.steps.step) != nil { // the pool has ended, or has other things to do
		a.first--
		a.remove(p)
		p.h.t.c.loop.Post(p.h.evicted)
	}
}

// goOn has the next step of a started handshake computed.
func (a *Handshakes) goOn(p *place) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.state != placeStarted {
		return ErrHandshakeSlow // it has just lost its place
	}
	p.idle = 0
	a.touch(p)
	return p.h.steps.lane.Do(p.h.steps.step)
}

// stepped is called by the runner after a step.
func (a *Handshakes) stepped(p *place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.first {
		p.first = false
		a.first--
	}
	if p.state == placeStarted {
		p.idle = driver.Now()
		a.touch(p)
	}
	a.pump()
}

// touch moves a handshake behind those that have been idle for longer.
func (a *Handshakes) touch(p *place) {
	a.started.MoveToBack(p.inAll)
	a.origins[p.from].started.MoveToBack(p.inFrom)
}

// leave gives up a place. It says whether the first step was still to come.
func (a *Handshakes) leave(p *place) (queued bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch p.state {
	case placeQueued:
		queued = true
		a.dequeue(a.origins[p.from], p)
		p.state = placeNone
		a.forget(p.from)
	case placeStarted:
		a.remove(p)
	}
	a.pump()
	return queued
}

// dequeue takes p out of the waiting ones.
func (a *Handshakes) dequeue(o *origin, p *place) {
	o.waiting.Remove(p.inFrom)
	a.waiting--
	if o.waiting.Len() == 0 {
		a.queue.Remove(o.turn)
		o.turn = nil
	}
}

// remove takes p out of the started ones.
func (a *Handshakes) remove(p *place) {
	p.state = placeNone
	a.started.Remove(p.inAll)
	a.origins[p.from].started.Remove(p.inFrom)
	a.forget(p.from)
}

func (a *Handshakes) forget(from netip.Prefix) {
	if o := a.origins[from]; o.waiting.Len() == 0 && o.started.Len() == 0 {
		delete(a.origins, from)
	}
}

// look sees whether time has made a place free, and whether p still waits for one.
func (a *Handshakes) look(p *place) (waits bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pump()
	return p.state == placeQueued
}
