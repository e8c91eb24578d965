// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"weir/engine/driver"
)

// Config is what an engine is made with. It is not changed afterwards.
type Config struct {
	Loops   int
	Drivers func(loops int) ([]driver.Driver, error)
	Log     *slog.Logger

	LowBytes      int           // a peer that was behind has caught up when no more than this waits
	StallTimeout  time.Duration // a peer that takes nothing for so long is closed
	DrainTimeout  time.Duration // what Finish leaves a peer to take what waits
	LingerTimeout time.Duration // what a peer has to end its side after we ended ours

	NewGate  func(*Conn) Gate // for a peer that falls behind; called with its outbox locked
	NewLocal func(*Loop) any  // fills Loop.Local
	// Settled is told that a unit from outside (see Foreign) is wholly written. It
	// is called with the outbox locked, on any loop, and must not block; nil: there
	// are none.
	Settled func(src uint32)
}

// Engine is a set of loops. Its methods are safe for concurrent use.
type Engine struct {
	cfg   Config
	loops []*Loop
	ran   sync.WaitGroup
	mu    sync.Mutex
	errs  error

	low, stall atomic.Int64 // LowBytes, and StallTimeout in nanoseconds, as they are now

	placing sync.Mutex // innermost

	ids struct {
		sync.RWMutex
		last  uint32
		conns map[uint32]*Conn
		empty chan struct{} // somebody waits for the last one to leave
	}
}

// New opens an engine's drivers. Start sets it going.
func New(cfg Config) (*Engine, error) {
	drivers, err := cfg.Drivers(cfg.Loops)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	e := &Engine{cfg: cfg}
	e.ids.conns = make(map[uint32]*Conn)
	e.low.Store(int64(cfg.LowBytes))
	e.stall.Store(cfg.StallTimeout.Nanoseconds())
	for i, d := range drivers {
		l := &Loop{id: i, eng: e, drv: d, ended: make(chan struct{})}
		l.posts.asleep.Store(true) // Post before Start must wake, too
		if cfg.NewLocal != nil {
			l.Local = cfg.NewLocal(l)
		}
		e.loops = append(e.loops, l)
	}
	return e, nil
}

// Loops are the engine's loops, in order.
func (e *Engine) Loops() []*Loop { return e.loops }

// Start runs the loops.
func (e *Engine) Start() {
	for _, l := range e.loops {
		e.ran.Go(func() {
			defer close(l.ended)
			if err := l.drv.Run(l); err != nil {
				e.mu.Lock()
				e.errs = errors.Join(e.errs, err)
				e.mu.Unlock()
			}
		})
	}
}

// Stop stops listening, closes every connection, then the loops, and returns
// what went wrong in any of them. It is not called on a loop, nor before Start.
func (e *Engine) Stop() error {
	// Nobody may accept for a loop that is gone already.
	for _, l := range e.loops {
		l.Call(l.stopListening)
	}
	for _, l := range e.loops {
		l.Post(l.abandon)
	}
	e.ran.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.errs
}

func (l *Loop) stopListening() {
	for i := range l.slots.entries {
		if lis := l.slots.entries[i].lis; lis != nil {
			lis.stop()
		}
	}
}

// abandon closes what the loop has, and stops it when the last is closed.
func (l *Loop) abandon() {
	left := 0
	for i := range l.slots.entries {
		if c := l.slots.entries[i].conn; c != nil {
			c.close(CauseStopped)
			left++
		}
	}
	if left == 0 && l.claims.Load() == 0 {
		l.drv.Stop()
		return
	}
	l.Post(l.abandon)
}

// Foreign is where the IDs of sources begin that are no connections of this
// engine. Their units are queued, bounced and counted as those of others; what
// they mean is their user's.
const Foreign uint32 = 1 << 31

// Conn returns the living connection with an ID, or nil.
func (e *Engine) Conn(id uint32) *Conn {
	e.ids.RLock()
	defer e.ids.RUnlock()
	return e.ids.conns[id]
}

// Conns calls f for each living connection. f must not block.
func (e *Engine) Conns(f func(*Conn)) {
	e.ids.RLock()
	defer e.ids.RUnlock()
	for _, c := range e.ids.conns {
		f(c)
	}
}

func (e *Engine) register(c *Conn) {
	e.ids.Lock()
	defer e.ids.Unlock()
	for taken := true; taken; {
		e.ids.last = (e.ids.last + 1) % Foreign
		_, taken = e.ids.conns[e.ids.last]
		taken = taken || e.ids.last == 0
	}
	c.id = e.ids.last
	e.ids.conns[c.id] = c
}

func (e *Engine) unregister(c *Conn) {
	e.ids.Lock()
	defer e.ids.Unlock()
	delete(e.ids.conns, c.id)
	if len(e.ids.conns) == 0 && e.ids.empty != nil {
		close(e.ids.empty)
		e.ids.empty = nil
	}
}

// Empty returns a channel that is closed when no connection is left. It is for
// one waiter, after listening has ended.
func (e *Engine) Empty() <-chan struct{} {
	e.ids.Lock()
	defer e.ids.Unlock()
	done := make(chan struct{})
	if len(e.ids.conns) == 0 {
		close(done)
	} else {
		e.ids.empty = done
	}
	return done
}

// toLeast gives one more connection to the loop with the fewest, those on their
// way included; of several to the first one from the given number on. One at a
// time: loops that accept at once would else all choose the same one.
func (e *Engine) toLeast(from int) *Loop {
	e.placing.Lock()
	defer e.placing.Unlock()
	best := e.loops[from]
	fewest := best.load.Load()
	for i := 1; i < len(e.loops); i++ {
		l := e.loops[(from+i)%len(e.loops)]
		if n := l.load.Load(); n < fewest {
			best, fewest = l, n
		}
	}
	best.load.Add(1)
	return best
}

// panicked tells of a fault of ours that one connection has paid for.
func (e *Engine) panicked(v any) {
	e.cfg.Log.Error("panic while handling a connection; it is closed", "panic", v, "stack", string(debug.Stack()))
}
