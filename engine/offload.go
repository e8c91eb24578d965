// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// offloadNice is how far runners stand back behind loops: a thread that
// computes beside a loop would else take half of its processor.
const offloadNice = 10

// ErrBusy is returned when an offload queue is full.
var ErrBusy = errors.New("engine: the off-loop queue is full")

// Offload runs work that costs processor time (cryptographic handshakes,
// reports, configuration) away from the loops, on a few threads of low
// priority. A loop that waits in the kernel gets its processor back only from
// somebody who yields; so there must be fewer runners than places beside the
// loops, and nobody else may compute. Safe for concurrent use.
type Offload struct {
	mu    sync.Mutex
	work  chan func()
	lanes []chan func()
	turn  int
	ended bool
	ran   sync.WaitGroup
}

// Lane is one runner of an Offload, for work that must stay on its thread.
type Lane struct {
	pool *Offload
	work chan func()
}

// NewOffload starts runners; queue is how much work may wait, and again how much
// for each runner of its own.
func NewOffload(runners, queue int) *Offload {
	p := &Offload{work: make(chan func(), queue)}
	for range runners {
		own := make(chan func(), queue)
		p.lanes = append(p.lanes, own)
		p.ran.Go(func() { p.run(own) })
	}
	return p
}

// Runners is how many there are.
func (p *Offload) Runners() int { return len(p.lanes) }

// Lane gives out the runners in turn.
func (p *Offload) Lane() Lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn = (p.turn + 1) % len(p.lanes)
	return Lane{p, p.lanes[p.turn]}
}

// Do queues f for any runner, or returns ErrBusy.
func (p *Offload) Do(f func()) error { return p.put(p.work, f) }

// Do queues f for this runner, or returns ErrBusy.
func (l Lane) Do(f func()) error { return l.pool.put(l.work, f) }

func (p *Offload) put(work chan<- func(), f func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return ErrBusy
	}
	select {
	case work <- f:
		return nil
	default:
		return ErrBusy
	}
}

// Stop lets what is queued run and returns when it has.
func (p *Offload) Stop() {
	p.mu.Lock()
	if !p.ended {
		p.ended = true
		close(p.work)
		for _, own := range p.lanes {
			close(own)
		}
	}
	p.mu.Unlock()
	p.ran.Wait()
}

// run is one runner. Its thread is not given back: the priority is the
// thread's, and must not pass to another goroutine.
func (p *Offload) run(own <-chan func()) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The main thread cannot end, and its priority is what the process
		// shows: while we sit on it, another goroutine gets another one.
		defer runtime.UnlockOSThread()
		var other sync.WaitGroup
		other.Go(func() { p.run(own) })
		other.Wait()
		return
	}
	// Without the right to it the runner works at normal priority.
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), offloadNice)
	for work := (<-chan func())(p.work); work != nil || own != nil; {
		select {
		case f, ok := <-work:
			if !ok {
				work = nil
				continue
			}
			f()
		case f, ok := <-own:
			if !ok {
				own = nil
				continue
			}
			f()
		}
	}
}
