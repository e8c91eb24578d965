// SPDX-License-Identifier: Apache-2.0

package linktest

import (
	"sync"
	"time"
)

// pipe does things in order on a goroutine of its own, each not before its time.
type pipe struct {
	mu     sync.Mutex
	more   sync.Cond
	items  []item
	last   time.Time
	frozen bool
	closed bool
	ended  chan struct{}
}

type item struct {
	at time.Time
	do func()
}

func newPipe() *pipe {
	p := &pipe{ended: make(chan struct{})}
	p.more.L = &p.mu
	go p.run()
	return p
}

// push adds something to do, not before delay has passed, nor before what was pushed before. If swap, it takes the place
// of its predecessor, which comes behind it.
func (p *pipe) push(delay time.Duration, swap bool, do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := time.Now().Add(delay)
	if at.Before(p.last) {
		at = p.last
	}
	p.last = at
	p.items = append(p.items, item{at, do})
	if n := len(p.items); swap && n > 1 {
		p.items[n-1].do, p.items[n-2].do = p.items[n-2].do, p.items[n-1].do
	}
	p.more.Signal()
}

func (p *pipe) run() {
	defer close(p.ended)
	for {
		p.mu.Lock()
		for !p.closed && (p.frozen || len(p.items) == 0) {
			p.more.Wait()
		}
		if p.closed {
			p.mu.Unlock()
			return
		}
		at := p.items[0].at
		if wait := time.Until(at); wait > 0 {
			p.mu.Unlock()
			time.Sleep(wait)
			continue // it may have been frozen, closed or overtaken meanwhile
		}
		do := p.items[0].do
		p.items = p.items[1:]
		p.mu.Unlock()
		do()
	}
}

func (p *pipe) freeze(frozen bool) {
	p.mu.Lock()
	p.frozen = frozen
	p.mu.Unlock()
	p.more.Broadcast()
}

// close ends it; what was not done is not done. It waits for what is being done.
func (p *pipe) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.more.Broadcast()
	<-p.ended
}
