// SPDX-License-Identifier: Apache-2.0

package uring

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weir/engine/driver"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// rig runs one driver and keeps what it says. What is set in it is set through
// do, on the loop.
type rig struct {
	t *testing.T
	d *Driver

	mu    sync.Mutex
	posts []func()
	ended chan error

	onData     func(s driver.Slot, b []byte, st driver.Status)
	onWritable func(s driver.Slot)
	onAccept   func(s driver.Slot)
	atEnd      func()
	released   map[driver.Slot]int
	got        map[driver.Slot][]byte
	status     map[driver.Slot]driver.Status
	since      int // events since the last EndBatch
	most       int
	batches    int   // under mu
	last       int64 // the time of the last; under mu
}

// start opens a driver of one kind and runs it until the test ends.
func start(t *testing.T, p plan) *rig {
	t.Helper()
	d, err := open(p)
	if err != nil {
		t.Skip("this kind of ring cannot be made here: ", err)
	}
	r := &rig{t: t, d: d, ended: make(chan error, 1),
		released: map[driver.Slot]int{}, got: map[driver.Slot][]byte{}, status: map[driver.Slot]driver.Status{}}
	go func() { r.ended <- d.Run(r) }()
	t.Cleanup(r.stop)
	return r
}

func (r *rig) stop() {
	if r.ended == nil {
		return
	}
	r.d.Stop()
	select {
	case err := <-r.ended:
		if err != nil {
			r.t.Errorf("Run: %v", err)
		}
	case <-time.After(patience):
		r.t.Error("Run does not return")
	}
	r.ended = nil
}

// do runs f on the loop and returns when it has run.
func (r *rig) do(f func()) {
	r.t.Helper()
	done := make(chan struct{})
	r.mu.Lock()
	r.posts = append(r.posts, func() { f(); close(done) })
	r.mu.Unlock()
	r.d.Wake()
	select {
	case <-done:
	case <-time.After(patience):
		r.t.Fatal("the loop does not answer a wake")
	}
}

// until waits for a condition, looked at on the loop.
func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); ; {
		met := false
		r.do(func() { met = ok() })
		if met {
			return
		}
		if time.Now().After(end) {
			r.t.Fatal("never came: " + what)
		}
		time.Sleep(100 * time.Microsecond)
	}
}

func (r *rig) event() {
	r.since++
	r.most = max(r.most, r.since)
}

func (r *rig) Data(s driver.Slot, b []byte, st driver.Status) {
	r.event()
	if _, gone := r.released[s]; gone {
		r.t.Errorf("Data for a released slot")
	}
	r.got[s] = append(r.got[s], b...)
	r.status[s] = st
	if r.onData != nil {
		r.onData(s, b, st)
	}
}

func (r *rig) Writable(s driver.Slot) {
	r.event()
	if r.onWritable != nil {
		r.onWritable(s)
	}
}

func (r *rig) Acceptable(s driver.Slot) {
	r.event()
	if r.onAccept != nil {
		r.onAccept(s)
	}
}

func (r *rig) Released(s driver.Slot, fd int) {
	if _, twice := r.released[s]; twice {
		r.t.Error("Released twice")
	}
	r.released[s] = fd
	_ = unix.Close(fd)
}

func (r *rig) EndBatch(now int64) {
	r.since = 0
	r.mu.Lock()
	r.batches++
	r.last = now
	posts := r.posts
	r.posts = nil
	r.mu.Unlock()
	for _, f := range posts {
		f()
	}
	if r.atEnd != nil {
		r.atEnd()
	}
}

// pair makes a connection, one end of which is the driver's under s; the other,
// which blocks, is returned.
func (r *rig) pair(s driver.Slot) (peer int) {
	r.t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := unix.SetNonblock(fds[0], true); err != nil {
		r.t.Fatal(err)
	}
	r.do(func() {
		if err := r.d.Add(fds[0], s); err != nil {
			r.t.Error(err)
		}
	})
	return fds[1]
}

func slot(i int) driver.Slot { return driver.MakeSlot(uint32(i), 1) }

func write(t *testing.T, fd int, b []byte) {
	t.Helper()
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		if err != nil {
			t.Errorf("write: %v", err)
			return
		}
		b = b[n:]
	}
}

// kinds are the plans, and some that are tight in one place or another.
func kinds() map[string]plan {
	out := map[string]plan{}
	for i, p := range plans() {
		out[fmt.Sprintf("plan%d", i)] = p
	}
	few := plans()[0]
	few.buffers, few.size = 2, 64<<10
	out["few-buffers"] = few
	small := plans()[1]
	small.buffers, small.size = 4, 512
	out["few-whole-buffers"] = small
	narrow := plans()[0]
	narrow.requests, narrow.completions = 4, 8
	out["narrow-queues"] = narrow
	blind := plans()[0]
	blind.pollFirst = true
	out["poll-first"] = blind
	return out
}

// onEach runs a test on a ring of every kind.
func onEach(t *testing.T, f func(t *testing.T, r *rig)) {
	for name, p := range kinds() {
		t.Run(name, func(t *testing.T) { f(t, start(t, p)) })
	}
}
