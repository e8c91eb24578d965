// SPDX-License-Identifier: Apache-2.0

package epoll

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/cloudwego/netpoll"

	"weir/engine/driver"
)

// meetTimeout bounds the first batch of a group: longer means that two loops
// were given one poller, so that the second waits for a first that waits for it.
const meetTimeout = 5 * time.Second

// ErrShared is what Run returns when netpoll gave two loops the same poller.
var ErrShared = errors.New("epoll: two loops share a poller")

// pollers counts the loops of this process. netpoll's poller group is process
// wide and hands pollers out in turn: with as many pollers as there are loops,
// and nobody else drawing meanwhile, those of one group are distinct. The group
// is never shrunk, since that would close a poller somebody serves on.
var pollers struct {
	sync.Mutex
	live, most int
}

// group is the loops of one engine, which start together.
type group struct {
	size    int
	begin   sync.Once // takes the poller group for this group's start
	end     sync.Once // gives it back
	mu      sync.Mutex
	arrived int
	all     chan struct{} // closed when every loop's first batch has begun
}

// New opens n drivers, one for each loop of an engine.
func New(n int) ([]driver.Driver, error) {
	g := &group{size: n, all: make(chan struct{})}
	out := make([]driver.Driver, 0, n)
	for range n {
		d, err := newDriver(g)
		if err != nil {
			for _, open := range out {
				open.(*Driver).close()
			}
			return nil, fmt.Errorf("epoll: opening a loop: %w", err)
		}
		out = append(out, d)
	}
	return out, nil
}

// draw reserves the poller group until all loops of g have met, and sees to it
// that there are pollers enough.
func (g *group) draw() (err error) {
	g.begin.Do(func() {
		pollers.Lock()
		pollers.live += g.size
		if pollers.live > pollers.most {
			pollers.most = pollers.live
			err = netpoll.Configure(netpoll.Config{PollerNum: pollers.most})
		}
	})
	if err != nil {
		g.settle()
		return fmt.Errorf("epoll: opening pollers: %w", err)
	}
	return nil
}

// settle lets other groups start.
func (g *group) settle() { g.end.Do(pollers.Unlock) }

// meet holds the caller, a poller, until the first batch of every loop of the
// group has begun.
func (g *group) meet() error {
	defer g.settle()
	g.mu.Lock()
	g.arrived++
	if g.arrived == g.size {
		close(g.all)
	}
	g.mu.Unlock()
	select {
	case <-g.all:
		return nil
	case <-time.After(meetTimeout):
		return ErrShared
	}
}

// Run implements driver.Driver: it gives the loop to a poller and waits.
func (d *Driver) Run(sink driver.Sink) error {
	d.sink = sink
	loop, err := netpoll.NewEventLoop(nil)
	if err != nil {
		return fmt.Errorf("epoll: making an event loop: %w", err)
	}
	if err := d.group.draw(); err != nil {
		return err
	}
	d.Wake() // the first batch: to the barrier
	served := make(chan error, 1)
	go func() { served <- loop.Serve(hook{d}) }()
	select {
	case err = <-served:
		return fmt.Errorf("epoll: serving: %w", err)
	case <-d.done:
	}
	// Detaches the set from its poller; there is no connection to wait for.
	if err := loop.Shutdown(context.Background()); err != nil {
		return fmt.Errorf("epoll: leaving the poller: %w", err)
	}
	<-served
	d.close()
	pollers.Lock()
	pollers.live--
	pollers.Unlock()
	return d.failed
}

// finish ends Run; the poller's goroutine calls it, which is netpoll's own again. netpoll
// may offer another batch before it has let go of the set, so it may be called again.
func (d *Driver) finish(err error) {
	d.once.Do(func() {
		d.failed = err
		runtime.UnlockOSThread()
		close(d.done)
	})
}
