// SPDX-License-Identifier: Apache-2.0

package link

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Link sends stanzas to other nodes and receives theirs. It is safe for concurrent use.
type Link struct {
	o          Options
	n          counters
	pools      *pools
	seed       maphash.Seed
	epochs     atomic.Uint32
	publishers []*publisher
	control    *controller
	senders    atomic.Int64 // sources that send
	down       atomic.Int64 // since when the bus is down, Unix time in ns; 0: it is up

	closed atomic.Bool
	stop   chan struct{}
	wait   sync.WaitGroup

	// Read without a lock, replaced under mu.
	remotes atomic.Pointer[map[Peer]*remote]
	sources atomic.Pointer[map[Peer]*source]
	mu      sync.Mutex
	gone    []*remote // forgotten of late, see Reported
}

// New starts a link on its bus. The link owns the bus from now on, also if there is an error.
func New(o Options) (*Link, error) {
	o.setDefaults()
	if err := o.check(); err != nil {
		if o.Bus != nil {
			o.Bus.Close()
		}
		return nil, err
	}
	l := &Link{o: o, pools: newPools(o.FrameBytes), seed: maphash.MakeSeed(), stop: make(chan struct{})}
	l.remotes.Store(&map[Peer]*remote{})
	l.sources.Store(&map[Peer]*source{})
	l.control = newController(l)
	for i := range o.Lanes {
		l.publishers = append(l.publishers, newPublisher(l, uint8(i)))
	}
	if err := l.start(); err != nil {
		o.Bus.Close()
		return nil, err
	}
	return l, nil
}

func (l *Link) start() error {
	if err := l.o.Bus.Start(l.channels(), inbound{l}); err != nil {
		return err
	}
	if most := l.o.Bus.MaxFrame(); most < headerLen+entryMax+max(l.o.StanzaBytes, l.o.FrameBytes) {
		return fmt.Errorf("link: a stanza may have %d bytes, a frame on the bus only %d", l.o.StanzaBytes, most)
	}
	l.wait.Go(l.control.run)
	l.wait.Go(l.keep)
	for _, p := range l.publishers {
		l.wait.Go(p.run)
	}
	return nil
}

// channels says how much may wait on one lane: every peer's window, one stanza that is larger than it, and the probes
// of some seconds. A frame counts for at least the smallest piece of memory.
func (l *Link) channels() Channels {
	const probes = 64
	window := max(l.o.WindowBytes, l.o.StanzaBytes+headerLen+entryMax)
	return Channels{
		Lanes:         l.o.Lanes,
		PendingFrames: l.o.Peers * (window/smallest + probes),
		PendingBytes:  l.o.Peers * (window + probes*headerLen),
	}
}

// Lane is the lane of the stanzas from one address to another: order holds within a lane. It is the same for as long as
// the link lives.
func (l *Link) Lane(from, to []byte) uint8 {
	h := maphash.Bytes(l.seed, from) ^ 31*maphash.Bytes(l.seed, to)
	return uint8(h % uint64(l.o.Lanes))
}

// Send takes a copy of a stanza for a peer. It waits for nobody and allocates nothing in the steady state. What it
// takes is delivered, or given to Options.Lost, or (Unknown) both; with an error it was not taken. Call Flush afterwards.
func (l *Link) Send(to Peer, lane uint8, epoch uint64, stanza []byte) error {
	if len(stanza) > l.o.StanzaBytes {
		return ErrTooBig
	}
	r := l.known(to)
	if r == nil {
		var err error
		if r, err = l.remote(to); err != nil {
			return err
		}
	}
	if r.version.Load() == 0 {
		return ErrVersion
	}
	return r.lanes[lane].add(epoch, stanza)
}

// Flush sends what Send has taken so far: call it at the end of a loop's tick. It costs little if there is nothing.
func (l *Link) Flush() {
	for _, p := range l.publishers {
		if p.pending.Load() {
			p.kick()
		}
	}
}

// Probe asks whether a peer is alive: true when it answers, false when twice nobody is there to hear, 250 ms apart, or
// somebody else is. A peer that is frozen does neither until NATS has given it up.
func (l *Link) Probe(ctx context.Context, p Peer) (alive bool, err error) {
	r, err := l.remote(p)
	if err != nil {
		return false, err
	}
	w := &waiter{alive: make(chan bool, 1)}
	r.mu.Lock()
	r.waiters = append(r.waiters, w)
	r.pinged = time.Now()
	r.mu.Unlock()
	l.control.tell(p, record{kind: ping}, 0)
	select {
	case alive = <-w.alive:
		return alive, nil
	case <-l.stop:
		err = ErrClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	r.leave(w)
	return false, err
}

// PeerGone forgets a peer whose lease has ended: what it has not acknowledged is reported through Lost, before this
// returns. A Send to it begins anew.
func (l *Link) PeerGone(p Peer) {
	l.mu.Lock()
	r := (*l.remotes.Load())[p]
	remove(&l.remotes, p)
	if r != nil {
		l.remember(r)
	}
	l.mu.Unlock()
	if s := (*l.sources.Load())[p]; s != nil {
		s.forget()
	}
	if r != nil {
		r.forget()
	}
}

// Drain waits until all that was taken is acknowledged or lost.
func (l *Link) Drain(ctx context.Context) error {
	l.Flush()
	ticker := time.NewTicker(ackDelay)
	defer ticker.Stop()
	for !l.idle() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}

func (l *Link) idle() bool {
	for _, r := range *l.remotes.Load() {
		for _, ln := range r.lanes {
			if !ln.idle() {
				return false
			}
		}
	}
	return true
}

// Close ends the link and its bus. What is not acknowledged is reported through Lost before it returns, and no callback
// comes afterwards.
func (l *Link) Close() {
	if l.closed.Swap(true) {
		return
	}
	close(l.stop)
	l.o.Bus.Close()
	l.wait.Wait()
	l.mu.Lock()
	remotes := *l.remotes.Load()
	l.remotes.Store(&map[Peer]*remote{})
	l.mu.Unlock()
	for _, r := range remotes {
		r.forget()
	}
}

// known gives the peer as we send to it, nil if we do not.
func (l *Link) known(p Peer) *remote { return (*l.remotes.Load())[p] }

// remote gives the peer as we send to it, and makes it.
func (l *Link) remote(p Peer) (*remote, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.known(p); r != nil {
		return r, nil
	}
	switch {
	case l.closed.Load():
		return nil, ErrClosed
	case !p.Node.Valid() || p.Incarnation == 0 || p.Node == l.o.Self.Node:
		return nil, fmt.Errorf("link: no peer: %q", p)
	case len(*l.remotes.Load()) >= l.o.Peers:
		return nil, ErrPeers
	}
	r := newRemote(l, p)
	insert(&l.remotes, p, r)
	return r, nil
}

// addressee gives the peer to send a record to, in a version if it is not 0.
func (l *Link) addressee(p Peer, version uint8) *remote {
	if r := l.known(p); r != nil && version == 0 {
		return r
	}
	r := &remote{l: l, peer: p}
	r.version.Store(uint32(max(version, l.o.versions.lowest)))
	return r
}

// source gives the peer as we receive from it, and makes it.
func (l *Link) source(p Peer) *source {
	s := (*l.sources.Load())[p]
	if s != nil {
		return s
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	sources := *l.sources.Load()
	if s = sources[p]; s != nil {
		return s
	}
	if last, full := l.outlived(sources, p.Node); full {
		remove(&l.sources, last)
		sources[last].forget()
	}
	s = newSource(l, p)
	s.used.Store(time.Now().UnixNano())
	insert(&l.sources, p, s)
	return s
}

// livesMax is how many lives of one node are known at a time: it has one, and those before are over with. A node that
// makes up more of them costs nobody else his place.
const livesMax = 4

// outlived is who makes room for another life of a node, if somebody must: a former one of the same, or who has not been
// heard of for longest.
func (l *Link) outlived(sources map[Peer]*source, node NodeID) (p Peer, full bool) {
	lives := 0
	for peer := range sources {
		if peer.Node == node {
			lives++
		}
	}
	full = lives >= livesMax || len(sources) >= l.o.Peers
	least := int64(0)
	for peer, s := range sources {
		if lives >= livesMax && peer.Node != node {
			continue
		}
		if used := s.used.Load(); p.Incarnation == 0 || used < least {
			p, least = peer, used
		}
	}
	return p, full
}

// grant is what each lane of each peer may have on its way to us.
func (l *Link) grant() int {
	each := l.o.InboundBytes / (l.o.Lanes * max(1, int(l.senders.Load())))
	return min(l.o.WindowBytes, max(each, windowFloor))
}

// lose reports stanzas.
func (l *Link) lose(ln *lane, outcome Outcome, first *frame) {
	if first == nil {
		return
	}
	u := &Unacked{Lane: ln.n, Outcome: outcome, first: first}
	n := &l.n.notDelivered
	if outcome == Unknown {
		n = &l.n.unknown
	}
	n.Add(uint64(u.Len()))
	l.o.Lost(ln.r.peer, u)
}

// insert and remove replace a map by one that differs in one peer. The link's lock is held.
func insert[T any](m *atomic.Pointer[map[Peer]T], p Peer, v T) {
	next := maps.Clone(*m.Load())
	next[p] = v
	m.Store(&next)
}

func remove[T any](m *atomic.Pointer[map[Peer]T], p Peer) {
	next := maps.Clone(*m.Load())
	delete(next, p)
	m.Store(&next)
}
