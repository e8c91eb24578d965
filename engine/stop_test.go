// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"weir/engine/driver"
	"weir/engine/drivertest"
)

// Stop closes everything, in whatever state, and what is called afterwards
// returns.
func TestStop(t *testing.T) { onEach(t, stopAll) }

func stopAll(t *testing.T, open drivertest.Open) {
	e := newEngine(t, open, Config{Loops: 3})
	var most atomic.Int32
	ls, err := e.Listen(ListenConfig{Addr: loopback, Backlog: 64, ReusePort: true, Accept: greeter(nil, &most)})
	if err != nil {
		t.Fatal(err)
	}
	p := &callers{t: t, addr: ls.Addr().String(), told: make(chan *net.TCPConn, 64)}
	p.dial(12)
	p.greeted(12)
	quiet := connect(t, e.loops[1], &user{})
	held := connect(t, e.loops[2], &user{onStart: func(c *Conn) { c.Hold(1) }})
	blocked := connect(t, e.loops[0], &user{})
	units := blocked.block(t, 3, 900)
	ending := connect(t, e.loops[1], &user{})
	on(t, e.loops[1], func() { ending.c.Finish([]byte("bye"), CauseReplaced) })
	if err := e.Stop(); err != nil {
		t.Error(err)
	}
	for _, u := range []*user{quiet, held, blocked} {
		if cause := u.wait(t); cause != CauseStopped {
			t.Errorf("cause %v", cause)
		}
	}
	ending.wait(t)
	blocked.accounts(t, units)
	if c, err := net.Dial("tcp4", p.addr); err == nil {
		c.Close()
		t.Error("a stopped engine listens")
	}
	ls.Close()
	if _, err := e.Listen(ListenConfig{Addr: loopback, Backlog: 1, Accept: greeter(nil, &most)}); !errors.Is(err, ErrStopped) {
		t.Errorf("Listen on a stopped engine: %v", err)
	}
	e.loops[0].Post(func() { t.Error("a stopped loop runs posts") })
}

// Posts from everywhere are all run, in each sender's order, though the wakes
// for most of them are saved.
func TestPosts(t *testing.T) { onEach(t, postsRun) }

func postsRun(t *testing.T, open drivertest.Open) {
	const senders, each = 4, 2000
	e := newEngine(t, open, Config{Loops: 2})
	var last [senders]int
	var ran atomic.Int64
	var sending sync.WaitGroup
	for s := range senders {
		sending.Go(func() {
			for i := range each {
				e.loops[0].Post(func() {
					if last[s] != i {
						t.Errorf("post %d of sender %d comes after %d others", i, s, last[s])
					}
					last[s]++
					ran.Add(1)
				})
				if i%100 == 0 { // let the loop go to sleep
					on(t, e.loops[0], func() {})
				}
			}
		})
	}
	sending.Wait()
	eventually(t, "all have run", func() bool { return ran.Load() == senders*each })
}

// countingDriver counts wakes, and is driven by hand.
type countingDriver struct {
	driver.Driver
	wakes atomic.Int32
}

func (d *countingDriver) Wake()       { d.wakes.Add(1) }
func (d *countingDriver) Timer(int64) {}

// One wake brings all posts until the loop rests again.
func TestWakesAreSaved(t *testing.T) {
	d := new(countingDriver)
	l := &Loop{drv: d}
	l.EndBatch(1)
	n := 0
	for range 10 {
		l.Post(func() { n++ })
	}
	if w := d.wakes.Load(); w != 1 {
		t.Errorf("%d wakes for 10 posts to a sleeping loop", w)
	}
	l.EndBatch(2)
	if n != 10 || d.wakes.Load() != 1 {
		t.Errorf("%d posts run, %d wakes", n, d.wakes.Load())
	}
	// One that is posted within a batch needs another batch.
	l.Post(func() { l.Post(func() { n++ }) })
	l.EndBatch(3)
	if w := d.wakes.Load(); w != 3 {
		t.Errorf("%d wakes, not one for the post and one for the post within it", w)
	}
	l.EndBatch(4)
	if n != 11 {
		t.Error("a post within a post is lost")
	}
}

// A batch is as long as its own events, not as the wait before it.
func TestBatchBeginsWithItsFirstBytes(t *testing.T) {
	d := new(countingDriver)
	l := &Loop{drv: d, eng: &Engine{}}
	c := &Conn{loop: l, h: &user{}}
	s := l.slots.take()
	l.slots.at(s).conn = c
	l.EndBatch(1)
	l.dirty = append(l.dirty, &Conn{loop: l})
	l.Data(s, []byte(strings.Repeat("x", 10)), driver.Open)
	if len(l.dirty) != 1 {
		t.Error("the first event of a batch ends it")
	}
	l.Data(s, make([]byte, batchBytes), driver.Open)
	if len(l.dirty) != 0 {
		t.Error("256 KiB do not end a batch")
	}
	l.dirty = append(l.dirty, &Conn{loop: l})
	l.began -= int64(batchTime)
	l.Data(s, []byte("x"), driver.Open)
	if len(l.dirty) != 0 {
		t.Error("500 us do not end a batch")
	}
}

// A loop that cannot start does not leave Listen waiting.
func TestLoopThatCannotStart(t *testing.T) {
	broken := errors.New("broken")
	e := newBroken(t, broken)
	var most atomic.Int32
	if _, err := e.Listen(ListenConfig{Addr: loopback, Backlog: 1, Accept: greeter(nil, &most)}); !errors.Is(err, ErrStopped) {
		t.Errorf("Listen: %v", err)
	}
	if err := e.Stop(); !errors.Is(err, broken) {
		t.Errorf("Stop: %v", err)
	}
}

type brokenDriver struct {
	countingDriver
	err error
}

func (d *brokenDriver) Run(driver.Sink) error { return d.err }

func newBroken(t *testing.T, why error) *Engine {
	t.Helper()
	e, err := New(Config{Loops: 1, Drivers: func(int) ([]driver.Driver, error) { return []driver.Driver{&brokenDriver{err: why}}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	e.Start()
	return e
}
