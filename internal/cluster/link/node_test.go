// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"encoding/binary"
	"os"
	"sync"
	"testing"
	"time"

	"weir/internal/cluster/link"
	"weir/internal/cluster/link/linktest"
)

const patience = 30 * time.Second

// everything is for make cluster-test: what takes minutes too.
var everything = os.Getenv("WEIR_CLUSTER") != ""

// node is a link and what it was told. Batches are done at once unless hold.
type node struct {
	t *testing.T
	*link.Link
	peer link.Peer

	mu        sync.Mutex
	hold      bool
	held      []*link.Batch
	delivered []uint64 // numbers, as they came
	places    map[uint64]link.Place
	late      int
	lost      map[uint64]link.Outcome
	lostAt    time.Time // the last of them
	queue     []bool    // Stalled: true, Opened: false
	reach     []bool    // Reachable: true, Unreachable: false
}

// newNode makes a node's first life on a bus; change, if any, is given its options.
func newNode(t *testing.T, n int, bus link.Bus, change func(*link.Options)) *node {
	t.Helper()
	nd := &node{t: t, peer: linktest.Peer(n, uint64(n)+1), lost: map[uint64]link.Outcome{}, places: map[uint64]link.Place{}}
	o := link.Options{
		Self: nd.peer, Bus: bus, Deliver: nd.deliver, Lost: nd.take,
		Late:        func(link.Peer, *link.Batch) { nd.locked(func() { nd.late++ }) },
		Stalled:     func(link.Peer) { nd.locked(func() { nd.queue = append(nd.queue, true) }) },
		Opened:      func(link.Peer) { nd.locked(func() { nd.queue = append(nd.queue, false) }) },
		Unreachable: func(link.Peer) { nd.locked(func() { nd.reach = append(nd.reach, false) }) },
		Reachable:   func(link.Peer) { nd.locked(func() { nd.reach = append(nd.reach, true) }) },
	}
	if change != nil {
		change(&o)
	}
	nd.peer = o.Self
	l, err := link.New(o)
	if err != nil {
		t.Fatal(err)
	}
	nd.Link = l
	t.Cleanup(l.Close)
	return nd
}

func (nd *node) locked(do func()) {
	nd.mu.Lock()
	defer nd.mu.Unlock()
	do()
}

func (nd *node) deliver(_ link.Peer, b *link.Batch) {
	nd.mu.Lock()
	b.Each(func(_ uint64, stanza []byte) {
		n := binary.BigEndian.Uint64(stanza)
		nd.delivered, nd.places[n] = append(nd.delivered, n), b.Place()
	})
	hold := nd.hold
	if hold {
		nd.held = append(nd.held, b)
	}
	nd.mu.Unlock()
	if !hold {
		b.Done()
	}
}

func (nd *node) take(_ link.Peer, u *link.Unacked) {
	nd.mu.Lock()
	defer nd.mu.Unlock()
	u.Each(func(_ uint64, stanza []byte) {
		n := binary.BigEndian.Uint64(stanza)
		if _, twice := nd.lost[n]; twice {
			nd.t.Errorf("%d reported lost twice", n)
		}
		nd.lost[n] = u.Outcome
		nd.lostAt = time.Now()
	})
}

// release is done with what is held, and with what comes from now on.
func (nd *node) release() {
	nd.mu.Lock()
	held := nd.held
	nd.held, nd.hold = nil, false
	nd.mu.Unlock()
	for _, b := range held {
		b.Done()
	}
}

// say sends one numbered stanza of so many bytes.
func (nd *node) say(to link.Peer, number uint64, size int) error {
	stanza := make([]byte, max(size, 8))
	binary.BigEndian.PutUint64(stanza, number)
	err := nd.Send(to, 0, 1, stanza)
	nd.Flush()
	return err
}

func (nd *node) mustSay(to link.Peer, number uint64, size int) {
	nd.t.Helper()
	if err := nd.say(to, number, size); err != nil {
		nd.t.Fatalf("%d: %v", number, err)
	}
}

// eventually waits for a condition under the node's lock.
func (nd *node) eventually(what string, is func() bool) {
	nd.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		nd.mu.Lock()
		ok := is()
		nd.mu.Unlock()
		if ok {
			return
		}
	}
	nd.t.Fatalf("waited in vain: %s; %+v", what, nd.Stats())
}

func (nd *node) got(n int) func() bool { return func() bool { return len(nd.delivered) >= n } }
