// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// A batch is flushed when it has lasted batchTime or brought batchBytes, even
// if the driver has more to hand over: what waits in outboxes must not wait for
// the whole of a long batch.
const (
	batchTime  = 500 * time.Microsecond
	batchBytes = 256 << 10
)

// Loop is one event loop: a driver, the connections and timers it serves, and
// what the layer above keeps for each loop. Post is safe from anywhere; all else
// belongs to the loop's goroutine.
type Loop struct {
	// Local is the user's, made by Config.NewLocal: caches, scratch memory.
	Local any
	Count Counters

	id     int
	eng    *Engine
	drv    driver.Driver
	slots  slots
	timers timers
	posts  posts
	spare  []func()
	unrun  int     // of those taken from the mailbox, behind the one that runs
	dirty  []*Conn // outboxes to be written when the batch ends
	turn   []*Conn // the list's other array

	now      int64 // read once an event
	woke     int64 // when the batch's first event came; 0: none yet
	began    int64 // when the batch's first bytes came, or its last flush; 0: none yet
	bytes    int   // brought since then
	critical int   // locks held: a panic now cannot be survived

	frozen bool // nobody is accepted, and plain connections are not the driver's

	load   atomic.Int32 // connections, those on their way from another loop included
	claims atomic.Int32 // of them, on their way
	ended  chan struct{}

	parts [flushParts]unix.Iovec
	msg   unix.Msghdr
	tls   *tlsScratch // nil: no secured connection yet
}

// Counters count what a loop has done. They are the loop's own; elsewhere they
// are read by a Post.
type Counters struct {
	Accepted, AcceptErrors int64
	Closed, Panics         int64
	Stalled                int64
	BytesIn, BytesOut      int64
	Delivered              int64 // units of others wholly written, by this loop
	Busy                   int64 // nanoseconds spent at work, not waiting
	Batches                [BatchClasses]int64
}

// ID is the loop's number, from 0.
func (l *Loop) ID() int { return l.id }

// Connections is how many connections the loop has, those included that are on
// their way to it. Safe from anywhere.
func (l *Loop) Connections() int { return int(l.load.Load()) }

// Engine is the engine the loop belongs to.
func (l *Loop) Engine() *Engine { return l.eng }

// Now is the time of the event in hand, in nanoseconds of driver.Now.
func (l *Loop) Now() int64 { return l.now }

// Critical runs f, which takes locks of the user's: a panic in it ends the
// process.
func (l *Loop) Critical(f func()) {
	l.critical++
	f()
	l.critical--
}

// lock takes an outbox's lock on this loop; unlock gives it back.
func (l *Loop) lock(o *outbox) {
	l.critical++
	o.mu.Lock()
}

func (l *Loop) unlock(o *outbox) {
	o.mu.Unlock()
	l.critical--
}

// Acceptable implements driver.Sink.
func (l *Loop) Acceptable(s driver.Slot) {
	l.wake()
	if e := l.slots.at(s); e != nil && e.lis != nil {
		e.lis.acceptable()
	}
}

// Data implements driver.Sink.
func (l *Loop) Data(s driver.Slot, b []byte, st driver.Status) {
	e := l.slots.at(s)
	if e == nil || e.conn == nil || e.going {
		return
	}
	l.wake()
	if l.began == 0 {
		l.began = l.now
	}
	l.Count.BytesIn += int64(len(b))
	e.conn.count.bytesIn += int64(len(b))
	e.conn.receive(b, st)
	l.bytes += len(b)
	if l.bytes >= batchBytes || l.now-l.began >= int64(batchTime) {
		l.flush()
	}
}

// Writable implements driver.Sink.
func (l *Loop) Writable(s driver.Slot) {
	if e := l.slots.at(s); e != nil && e.conn != nil && !e.going {
		l.wake()
		e.conn.writable()
	}
}

// Released implements driver.Sink.
func (l *Loop) Released(s driver.Slot, fd int) {
	if e := l.slots.at(s); e != nil && e.conn != nil {
		if e.conn.loose() {
			return
		}
		l.Count.Closed++
		e.conn.released(fd)
	}
}

// EndBatch implements driver.Sink.
func (l *Loop) EndBatch(now int64) {
	l.now = now
	if l.woke == 0 {
		l.woke = now
	}
	l.runPosts()
	l.expire(now)
	l.flush()
	l.drv.Timer(l.nextTimer())
	if l.posts.rest() {
		l.drv.Wake()
	}
	// Most of a batch's time goes by while it is flushed, so the clock is read
	// once more: little beside the system calls of a batch.
	busy := driver.Now() - l.woke
	l.Count.Busy += busy
	l.Count.Batches[batchClass(busy)]++
	l.woke, l.began = 0, 0
}

// wake reads the clock for an event, and notes when the batch's first one came.
func (l *Loop) wake() {
	l.now = driver.Now()
	if l.woke == 0 {
		l.woke = l.now
	}
}

// flush writes every outbox that this batch has put something in.
func (l *Loop) flush() {
	for len(l.dirty) > 0 {
		// A flush may put more on the list: a connection that falls low lets
		// others speak.
		list := l.dirty
		l.dirty = l.turn[:0]
		for i, c := range list {
			list[i] = nil
			c.flush(l)
		}
		l.turn = list[:0]
	}
	l.bytes, l.began = 0, l.now
}
