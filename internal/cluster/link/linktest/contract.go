// SPDX-License-Identifier: Apache-2.0

package linktest

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"weir/internal/cluster/link"
)

// patience is how long a test waits for what must come, on a busy machine.
const patience = 30 * time.Second

// TestBus holds what a link.Bus must do. connect gives the bus of a node, not started; all that one test makes can reach
// each other. Buses are closed by the suite.
func TestBus(t *testing.T, connect func(t testing.TB, id link.NodeID) link.Bus) {
	for _, row := range []struct {
		name string
		test func(*testing.T, func(n int) *ear)
	}{
		{"frames come in order and unharmed", order},
		{"two nodes send to one", fanIn},
		{"nobody is there", nobody},
		{"a node that has gone", gone},
		{"the largest frame", largest},
		{"nothing comes after close", closed},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.test(t, func(n int) *ear {
				e := &ear{t: t, id: Node(n), frames: make(chan got, 1<<16), nobody: make(chan link.NodeID, 1<<10)}
				e.Bus = connect(t, e.id)
				if err := e.Start(link.Channels{Lanes: lanes, PendingFrames: 1 << 16, PendingBytes: 1 << 30}, e); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(e.Close)
				return e
			})
		})
	}
}

const lanes = 2

// ear is a bus and what it hears.
type ear struct {
	link.Bus
	t      *testing.T
	id     link.NodeID
	frames chan got
	nobody chan link.NodeID
}

type got struct {
	from    link.NodeID
	channel uint8
	frame   []byte
}

func (e *ear) Frame(from link.NodeID, channel uint8, frame []byte) {
	e.frames <- got{from, channel, frame}
}
func (e *ear) NoResponder(to link.NodeID) { e.nobody <- to }
func (e *ear) Down()                      {}
func (e *ear) Up()                        {}

func (e *ear) send(to *ear, channel uint8, frame []byte) {
	e.t.Helper()
	if err := e.Publish(to.id, channel, frame); err != nil {
		e.t.Fatal(err)
	}
}

// hear waits until the other can be reached: servers tell each other who listens, and that takes its time.
func (e *ear) hear(from *ear) {
	e.t.Helper()
	for i, end := uint64(0), time.Now().Add(patience); time.Now().Before(end); i++ {
		from.send(e, 0, binary.BigEndian.AppendUint64(nil, i))
		if from.met(e, i) {
			return
		}
	}
	e.t.Fatal("the other node cannot be reached")
}

// met says whether a question has come, and it is the last that will: those before it came before it, or never.
func (e *ear) met(at *ear, i uint64) bool {
	for {
		select {
		case g := <-at.frames:
			if binary.BigEndian.Uint64(g.frame) == i {
				return true
			}
		case <-e.nobody:
			time.Sleep(10 * time.Millisecond)
			return false
		case <-time.After(200 * time.Millisecond): // lost on its way through servers that were just told
			return false
		}
	}
}

func (e *ear) next() got {
	e.t.Helper()
	select {
	case g := <-e.frames:
		return g
	case <-time.After(patience):
		e.t.Fatal("no frame came")
		panic("unreachable")
	}
}

// order: what one sends on a channel comes in order, and the memory it was sent from may be used again at once.
func order(t *testing.T, node func(int) *ear) {
	a, b := node(0), node(1)
	b.hear(a)
	const rounds = 3000
	frame := make([]byte, 300)
	for i := range uint64(rounds) {
		for _, channel := range []uint8{0, 1, link.Control} {
			binary.BigEndian.PutUint64(frame, i)
			frame[299] = byte(i)
			a.send(b, channel, frame)
		}
		clear(frame)
	}
	var next [256]uint64
	for range 3 * rounds {
		g := b.next()
		if g.from != a.id || len(g.frame) != 300 {
			t.Fatalf("%d bytes from %s", len(g.frame), g.from)
		}
		i := binary.BigEndian.Uint64(g.frame)
		if i != next[g.channel] || g.frame[299] != byte(i) {
			t.Fatalf("channel %d: frame %d where %d was to come", g.channel, i, next[g.channel])
		}
		next[g.channel]++
	}
}

func fanIn(t *testing.T, node func(int) *ear) {
	a, b, to := node(0), node(1), node(2)
	to.hear(a)
	to.hear(b)
	const rounds = 1000
	for i := range rounds {
		a.send(to, 0, []byte{byte(i), byte(i >> 8)})
		b.send(to, 0, []byte{byte(i), byte(i >> 8)})
	}
	next := map[link.NodeID]int{}
	for range 2 * rounds {
		g := to.next()
		if i := int(g.frame[0]) | int(g.frame[1])<<8; i != next[g.from] {
			t.Fatalf("from %s: frame %d where %d was to come", g.from, i, next[g.from])
		}
		next[g.from]++
	}
	if next[a.id] != rounds || next[b.id] != rounds {
		t.Errorf("frames by sender: %v", next)
	}
}

func nobody(t *testing.T, node func(int) *ear) {
	a := node(0)
	for _, channel := range []uint8{0, 1, link.Control} {
		if err := a.Publish(Node(25), channel, []byte("x")); err != nil {
			t.Fatal(err)
		}
		a.told(Node(25))
	}
}

func (e *ear) told(who link.NodeID) {
	e.t.Helper()
	select {
	case to := <-e.nobody:
		if to != who {
			e.t.Fatalf("told that %s is not there, not %s", to, who)
		}
	case <-time.After(patience):
		e.t.Fatal("nobody said that nobody was there")
	}
}

func gone(t *testing.T, node func(int) *ear) {
	a, b := node(0), node(1)
	b.hear(a)
	b.Close()
	a.miss(b)
}

// miss sends until nobody is there: the servers need a moment to know, and what is sent until then is lost.
func (e *ear) miss(who *ear) {
	e.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		e.send(who, 0, []byte("x"))
		select {
		case <-e.nobody:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	e.t.Fatal("nobody said that nobody was there")
}

func largest(t *testing.T, node func(int) *ear) {
	a, b := node(0), node(1)
	b.hear(a)
	frame := make([]byte, a.MaxFrame())
	frame[len(frame)-1] = 7
	a.send(b, 0, frame)
	if g := b.next(); len(g.frame) != len(frame) || g.frame[len(frame)-1] != 7 {
		t.Errorf("%d bytes came of %d", len(g.frame), len(frame))
	}
	if err := a.Publish(b.id, 0, append(frame, 0)); !errors.Is(err, link.ErrRefused) {
		t.Errorf("one byte more: %v", err)
	}
	a.send(b, 0, []byte("x")) // and it goes on
	if g := b.next(); len(g.frame) != 1 {
		t.Errorf("%d bytes came of 1", len(g.frame))
	}
}

func closed(t *testing.T, node func(int) *ear) {
	a, b := node(0), node(1)
	b.hear(a)
	for range 100 {
		a.send(b, 0, []byte("x"))
	}
	b.Close()
	n := len(b.frames)
	if err := b.Publish(a.id, 0, []byte("x")); !errors.Is(err, link.ErrDown) {
		t.Errorf("Publish: %v", err)
	}
	a.miss(b)
	if len(b.frames) != n {
		t.Error("frames came after Close")
	}
}
