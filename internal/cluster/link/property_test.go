// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"weir/internal/cluster/link"
	"weir/internal/cluster/link/linktest"
)

var seeds = flag.Int("seeds", 0, "how many seeds the property test runs; 0: a few, or with WEIR_CLUSTER=all a hundred")

// TestWhateverHappens runs nodes over a bus with faults, and holds what a link promises: stanzas of one lane come in
// order and once, and each stanza taken is delivered or reported lost, and if reported as not delivered, never delivered.
func TestWhateverHappens(t *testing.T) {
	if *seeds == 0 {
		*seeds = 5
		if everything {
			*seeds = 100
		}
	}
	for seed := range uint64(*seeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newWorld(t, seed).run() })
		})
	}
}

const (
	worldNodes = 3
	worldLanes = 2
	worldQueue = 64 << 10
	worldFrame = 2 << 10
)

// world is some nodes, and what has become of each stanza.
type world struct {
	t      *testing.T
	random *rand.Rand // of the script; nodes have their own
	net    *linktest.Network
	nodes  [worldNodes]*worldNode

	mu    sync.Mutex
	fates map[id]*fate
	last  map[stream]uint64 // number delivered last
	lives uint64
	work  sync.WaitGroup
}

// id is one stanza: who sent it in which life, to whom, in which lane.
type id struct {
	stream
	number uint64
}

type stream struct {
	from, to link.Peer
	lane     uint8
}

type fate struct{ delivered, notDelivered, unknown int }

type worldNode struct {
	w      *world
	n      int
	peer   link.Peer
	l      *link.Link
	random *rand.Rand
	sent   map[stream]uint64
	told   map[link.Peer]bool // whether Stalled or Opened came last
	away   map[link.Peer]bool
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), net: linktest.NewNetwork(seed),
		fates: map[id]*fate{}, last: map[stream]uint64{},
	}
	for n := range w.nodes {
		w.start(n)
	}
	return w
}

func (w *world) start(n int) {
	w.lives++
	node := &worldNode{
		w: w, n: n, peer: linktest.Peer(n, w.lives), random: rand.New(rand.NewPCG(w.random.Uint64(), 2)),
		sent: map[stream]uint64{}, told: map[link.Peer]bool{}, away: map[link.Peer]bool{},
	}
	l, err := link.New(link.Options{
		Self: node.peer, Bus: w.net.Bus(node.peer.Node),
		Lanes: worldLanes, FrameBytes: worldFrame, StanzaBytes: 8 << 10, WindowBytes: 16 << 10, QueueBytes: worldQueue,
		Deliver: node.deliver, Lost: node.lost,
		Stalled:     func(p link.Peer) { node.tell(node.told, p, true) },
		Opened:      func(p link.Peer) { node.tell(node.told, p, false) },
		Unreachable: func(p link.Peer) { node.tell(node.away, p, true) },
		Reachable:   func(p link.Peer) { node.tell(node.away, p, false) },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	node.l = l
	w.nodes[n] = node
}

// tell holds that two callbacks come in turn.
func (node *worldNode) tell(state map[link.Peer]bool, p link.Peer, on bool) {
	node.w.mu.Lock()
	defer node.w.mu.Unlock()
	if state[p] == on {
		node.w.t.Errorf("%s was told %v of %s twice", node.peer, on, p)
	}
	state[p] = on
}

// deliver checks the order, and is done with the batch at once or later.
func (node *worldNode) deliver(from link.Peer, b *link.Batch) {
	w := node.w
	w.mu.Lock()
	b.Each(func(epoch uint64, stanza []byte) {
		s := stream{from, node.peer, b.Lane()}
		number := binary.BigEndian.Uint64(stanza)
		if number <= w.last[s] {
			w.t.Errorf("%v: %d after %d", s, number, w.last[s])
		}
		w.last[s] = number
		f := w.fates[id{s, number}]
		if f == nil || epoch != number^7 {
			w.t.Errorf("%v: %d, epoch %d, was not sent", s, number, epoch)
			return
		}
		f.delivered++
	})
	later := time.Duration(0)
	if node.random.IntN(4) == 0 {
		later = time.Duration(node.random.Int64N(int64(400 * time.Millisecond)))
	}
	w.mu.Unlock()
	if later == 0 {
		b.Done()
		return
	}
	b.Keep()
	b.Done()
	time.AfterFunc(later, b.Done)
}

func (node *worldNode) lost(to link.Peer, u *link.Unacked) {
	w := node.w
	w.mu.Lock()
	defer w.mu.Unlock()
	u.Each(func(epoch uint64, stanza []byte) {
		number := binary.BigEndian.Uint64(stanza)
		f := w.fates[id{stream{node.peer, to, u.Lane}, number}]
		switch {
		case f == nil || epoch != number^7:
			w.t.Errorf("lost %d, epoch %d, was not sent", number, epoch)
		case u.Outcome == link.Unknown:
			f.unknown++
		default:
			f.notDelivered++
		}
	})
}

// run lets things happen for a while, then lets them settle, and judges.
func (w *world) run() {
	stop := make(chan struct{})
	for n := range worldNodes {
		w.work.Go(func() { w.talk(n, stop) })
	}
	for range 12 {
		w.event()
	}
	close(stop)
	w.work.Wait()
	w.net.SetFaults(linktest.Faults{})
	for _, a := range w.nodes {
		for _, b := range w.nodes {
			w.net.Heal(a.peer.Node, b.peer.Node)
		}
	}
	for _, node := range w.nodes {
		w.settle(node)
	}
	w.judge()
	for _, node := range w.nodes {
		node.l.Close()
	}
	w.judge()
}

// talk is what loops do: some stanzas, then Flush.
func (w *world) talk(n int, stop chan struct{}) {
	buffer := make([]byte, 10<<10)
	for {
		select {
		case <-stop:
			return
		case <-time.After(3 * time.Millisecond):
		}
		w.mu.Lock()
		node := w.nodes[n]
		some := node.random.IntN(20)
		w.mu.Unlock()
		for range some {
			node.say(buffer)
		}
		node.l.Flush()
		w.bounds(node)
	}
}

func (node *worldNode) say(buffer []byte) {
	w := node.w
	w.mu.Lock()
	size := 8 + node.random.IntN(200)
	if node.random.IntN(50) == 0 {
		size = 8 + node.random.IntN(9<<10) // some are larger than allowed
	}
	s := stream{node.peer, w.nodes[(node.n+1+node.random.IntN(worldNodes-1))%worldNodes].peer, uint8(node.random.IntN(worldLanes))}
	node.sent[s]++
	number := node.sent[s]
	binary.BigEndian.PutUint64(buffer, number)
	w.fates[id{s, number}] = &fate{}
	w.mu.Unlock()

	err := node.l.Send(s.to, s.lane, number^7, buffer[:size])
	if err == nil {
		return
	}
	w.mu.Lock()
	delete(w.fates, id{s, number})
	w.mu.Unlock()
	switch {
	case errors.Is(err, link.ErrTooBig) == (size > 8<<10) && (errors.Is(err, link.ErrTooBig) || errors.Is(err, link.ErrWindow) || errors.Is(err, link.ErrUnreachable)):
	case errors.Is(err, link.ErrClosed): // a life that has just ended
	default:
		w.t.Errorf("Send of %d bytes: %v", size, err)
	}
}

// bounds holds the limits of queues and windows.
func (w *world) bounds(node *worldNode) {
	for _, p := range node.l.Stats().Peers {
		if p.Queued < 0 || p.Queued > worldQueue+40 {
			w.t.Errorf("%s: %d bytes wait for %s", node.peer, p.Queued, p.Peer)
		}
		for lane, bytes := range p.InFlight {
			if bytes < 0 || bytes > max(16<<10, 9<<10) {
				w.t.Errorf("%s: %d bytes on the way to %s in lane %d", node.peer, bytes, p.Peer, lane)
			}
		}
	}
}

// event is one thing that happens, and some time.
func (w *world) event() {
	pause := func(most time.Duration) { time.Sleep(time.Duration(w.random.Int64N(int64(most)))) }
	a, b := w.random.IntN(worldNodes), w.random.IntN(worldNodes)
	switch node, other := linktest.Node(a), linktest.Node(b); w.random.IntN(8) {
	case 0, 1, 2:
		share := func() float64 { return w.random.Float64() * 0.03 }
		w.net.SetFaults(linktest.Faults{
			Drop: share(), Duplicate: share(), Reorder: share(), Corrupt: share(),
			Delay: time.Duration(1 + w.random.Int64N(int64(20*time.Millisecond))),
		})
	case 3:
		w.net.Cut(node, other)
		pause(6 * time.Second)
		w.net.Heal(node, other)
	case 4:
		w.net.Freeze(node)
		pause(6 * time.Second)
		w.net.Thaw(node)
	case 5:
		w.net.Detach(node)
		pause(2 * time.Second)
		w.net.Attach(node)
	case 6:
		w.restart(a)
	case 7:
		w.nodes[a].l.PeerGone(w.nodes[b].peer) // a lease that ended for a moment
	}
	pause(500 * time.Millisecond)
}

// restart kills a node, and another life of it begins. Some time later the others are told.
func (w *world) restart(n int) {
	old := w.nodes[n]
	w.net.Kill(old.peer.Node)
	old.l.Close()
	time.Sleep(time.Duration(w.random.Int64N(int64(3 * time.Second))))
	w.mu.Lock()
	w.start(n)
	w.mu.Unlock()
	time.Sleep(time.Duration(w.random.Int64N(int64(3 * time.Second))))
	for _, node := range w.nodes {
		if node.n != n {
			node.l.PeerGone(old.peer)
		}
	}
}

// settle waits until nothing is on its way: with the faults over, that takes seconds.
func (w *world) settle(node *worldNode) {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		busy := false
		node.l.Flush()
		for _, p := range node.l.Stats().Peers {
			for _, bytes := range p.InFlight {
				busy = busy || bytes > 0
			}
			busy = busy || p.Queued > 0 || !p.Reachable
		}
		if !busy {
			return
		}
		if time.Now().After(end) {
			w.t.Errorf("%s has not settled: %+v", node.peer, node.l.Stats())
			return
		}
	}
}

// judge looks at what has become of every stanza.
func (w *world) judge() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, f := range w.fates {
		switch {
		case f.delivered > 1:
			w.t.Errorf("%v delivered %d times", id, f.delivered)
		case f.notDelivered+f.unknown > 1:
			w.t.Errorf("%v reported lost %d times", id, f.notDelivered+f.unknown)
		case f.notDelivered > 0 && f.delivered > 0:
			w.t.Errorf("%v delivered, and reported as not", id)
		case f.delivered+f.notDelivered+f.unknown == 0:
			w.t.Errorf("%v vanished", id)
		}
	}
	if len(w.last) == 0 {
		w.t.Error("nothing was delivered")
	}
}
