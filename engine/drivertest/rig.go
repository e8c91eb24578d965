// SPDX-License-Identifier: Apache-2.0

package drivertest

import (
	"sync"
	"testing"
	"time"

	"weir/engine/driver"
)

const (
	// patience is how long anything may take on a busy machine.
	patience = 30 * time.Second
	// settleBatches is how many batches bring all that is ready: the suite
	// has at most some 200 descriptors, of which a batch brings 32.
	settleBatches = 12
	// calm is how long a loop is watched for batches that nothing has caused,
	// and calmBatches how many of them are still taken for leftovers: one that
	// spins has thousands.
	calm        = 40 * time.Millisecond
	calmBatches = 16
)

// rig is a loop under test. Everything a driver says is handled, and
// everything a test does to a driver is done, with mu held.
type rig struct {
	t    *testing.T
	d    driver.Driver
	late int

	mu      sync.Mutex
	changed *sync.Cond
	socks   map[driver.Slot]*sock
	lists   map[driver.Slot]*listening
	gens    []uint32 // by slot index
	free    []uint32
	posts   []func()
	batches int
	events  int // Data and Acceptable since the last EndBatch
	now     int64
	atEnd   func()
	ended   chan error
}

// newRig starts one loop, which is stopped when the test ends.
func newRig(t *testing.T, open Open) *rig { return newRigs(t, open, 1)[0] }

func newRigs(t *testing.T, open Open, n int) []*rig {
	t.Helper()
	drivers, err := open(n)
	if err != nil {
		t.Fatal(err)
	}
	rigs := make([]*rig, n)
	for i, d := range drivers {
		rigs[i] = makeRig(t, d)
	}
	for _, r := range rigs {
		go func() { r.ended <- r.d.Run(r) }()
	}
	for _, r := range rigs {
		t.Cleanup(r.stop)
	}
	return rigs
}

func makeRig(t *testing.T, d driver.Driver) *rig {
	r := &rig{
		t: t, d: d, late: d.Caps().Late,
		socks: make(map[driver.Slot]*sock), lists: make(map[driver.Slot]*listening),
		ended: make(chan error, 1),
	}
	r.changed = sync.NewCond(&r.mu)
	return r
}

func (r *rig) stop() {
	r.do(func() {
		for _, l := range r.lists {
			l.stop()
		}
		for _, s := range r.socks {
			s.release()
		}
	})
	r.until("every slot is released", func() bool { return len(r.socks) == 0 })
	r.d.Stop()
	select {
	case err := <-r.ended:
		if err != nil {
			r.t.Errorf("Run returned %v", err)
		}
	case <-time.After(patience):
		r.t.Error("Run does not return after Stop")
	}
}

// slot gives out a slot, one that has been released before if there is any.
func (r *rig) slot() driver.Slot {
	if n := len(r.free); n > 0 {
		i := r.free[n-1]
		r.free = r.free[:n-1]
		return driver.MakeSlot(i, r.gens[i])
	}
	r.gens = append(r.gens, 1)
	return driver.MakeSlot(uint32(len(r.gens)-1), 1)
}

func (r *rig) give(s driver.Slot) {
	r.gens[s.Index()]++
	r.free = append(r.free, s.Index())
}

// do runs f on the loop and waits for it.
func (r *rig) do(f func()) {
	r.t.Helper()
	done := false
	r.mu.Lock()
	r.posts = append(r.posts, func() {
		f()
		done = true
	})
	r.mu.Unlock()
	r.d.Wake()
	r.until("a wake ends in a batch", func() bool { return done })
}

// until waits for a condition, which is looked at after every call of the
// driver, with the lock held.
func (r *rig) until(what string, cond func() bool) {
	r.t.Helper()
	late := false
	alarm := time.AfterFunc(patience, func() {
		r.mu.Lock()
		late = true
		r.mu.Unlock()
		r.changed.Broadcast()
	})
	defer alarm.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for !cond() {
		if late {
			r.t.Fatalf("waited %v in vain: %s", patience, what)
		}
		r.changed.Wait()
	}
}

// settle lets the loop hand over whatever is ready.
func (r *rig) settle() {
	r.t.Helper()
	for range settleBatches {
		r.do(func() {})
	}
}

// calm fails the test when batches come that nothing causes.
func (r *rig) calm() {
	r.t.Helper()
	r.settle()
	r.mu.Lock()
	before := r.batches
	r.mu.Unlock()
	time.Sleep(calm)
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.batches - before; n > calmBatches {
		r.t.Errorf("%d batches in %v with nothing to do", n, calm)
	}
}

// count counts the calls of a batch that its end must not be put off by.
func (r *rig) count() {
	r.events++
	if r.events == driver.BatchEvents+1 {
		r.t.Errorf("more than %d events without EndBatch", driver.BatchEvents)
	}
}

func (r *rig) unlock() {
	r.mu.Unlock()
	r.changed.Broadcast()
}

// sockOf finds whom an event is for.
func (r *rig) sockOf(what string, s driver.Slot) *sock {
	k := r.socks[s]
	switch {
	case k == nil:
		r.t.Errorf("%s for slot %#x, which is not registered", what, s)
		return nil
	case k.leaving:
		r.t.Errorf("%s for slot %#x after Release", what, s)
		return nil
	}
	return k
}

// Acceptable implements driver.Sink.
func (r *rig) Acceptable(s driver.Slot) {
	r.mu.Lock()
	defer r.unlock()
	r.count()
	l := r.lists[s]
	switch {
	case l == nil:
		r.t.Errorf("Acceptable for slot %#x, which is not registered", s)
	case !l.on:
		r.t.Errorf("Acceptable for slot %#x, which is off", s)
	default:
		l.acceptable()
	}
}

// Data implements driver.Sink.
func (r *rig) Data(s driver.Slot, b []byte, st driver.Status) {
	r.mu.Lock()
	defer r.unlock()
	r.count()
	if k := r.sockOf("Data", s); k != nil {
		k.data(b, st)
	}
}

// Writable implements driver.Sink.
func (r *rig) Writable(s driver.Slot) {
	r.mu.Lock()
	defer r.unlock()
	if k := r.sockOf("Writable", s); k != nil {
		k.writable()
	}
}

// Released implements driver.Sink.
func (r *rig) Released(s driver.Slot, fd int) {
	r.mu.Lock()
	defer r.unlock()
	if k := r.socks[s]; k == nil || !k.leaving && !k.detached || k.inRelease || k.fd != fd {
		r.t.Errorf("Released(%#x, %d) is not an answer to a Release", s, fd)
	} else {
		k.released()
	}
}

// EndBatch implements driver.Sink.
func (r *rig) EndBatch(now int64) {
	r.mu.Lock()
	defer r.unlock()
	if now < r.now || now > driver.Now() {
		r.t.Errorf("EndBatch tells %d; the last one told %d, the clock %d", now, r.now, driver.Now())
	}
	r.now, r.events = now, 0
	r.batches++
	posts := r.posts
	r.posts = nil
	for _, f := range posts {
		f()
	}
	if r.atEnd != nil {
		r.atEnd()
	}
}
