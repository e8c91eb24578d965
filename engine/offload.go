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
	ended bool
	ran   sync.WaitGroup
}

// NewOffload starts runners; queue is how much work may wait.
func NewOffload(runners, queue int) *Offload {
	p := &Offload{work: make(chan func(), queue)}
	for range runners {
		p.ran.Go(p.run)
	}
	return p
}

// Do queues f, or returns ErrBusy.
func (p *Offload) Do(f func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return ErrBusy
	}
	select {
	case p.work <- f:
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
	}
	p.mu.Unlock()
	p.ran.Wait()
}

// run is one runner. Its thread is not given back: the priority is the
// thread's, and must not pass to another goroutine.
func (p *Offload) run() {
	runtime.LockOSThread()
	// Without the right to it the runner works at normal priority.
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), offloadNice)
	for f := range p.work {
		f()
	}
}
