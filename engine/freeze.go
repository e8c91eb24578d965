// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"time"

	"weir/engine/driver"
)

// ErrRestless is returned when loops do not come to rest in time.
var ErrRestless = errors.New("engine: the loops did not come to rest in time")

// restPause is what loops are left between two looks whether they are at rest:
// long beside a batch, short beside what a peer notices.
const restPause = 100 * time.Microsecond

// Frozen is an engine whose loops all stand still: nobody is accepted, nothing
// read or written, no message under way between loops, no token out, and no
// driver has received anything that was not handed over. Whoever froze it may do
// what else only loops do. It belongs to one goroutine.
type Frozen struct {
	e    *Engine
	goOn chan struct{}
	moor bool // when they go on, drivers get their connections back
}

// Freeze brings all loops to a stop. If that takes longer than ctx everything
// goes on as if nothing had been. It is not called on a loop.
func (e *Engine) Freeze(ctx context.Context) (*Frozen, error) {
	for _, l := range e.loops {
		if !l.Call(l.cast) {
			return nil, ErrStopped
		}
	}
	for {
		f, err := e.halt()
		if err != nil {
			return nil, err
		}
		if e.atRest() {
			for _, l := range e.loops {
				l.now = driver.Now()
			}
			return f, nil
		}
		if ctx.Err() != nil {
			f.Thaw()
			return nil, ErrRestless
		}
		close(f.goOn)
		time.Sleep(restPause)
	}
}

// halt has every loop stop where it is, between two posts.
func (e *Engine) halt() (*Frozen, error) {
	f := &Frozen{e: e, goOn: make(chan struct{})}
	arrived := make(chan struct{}, len(e.loops))
	for _, l := range e.loops {
		l.Post(func() {
			arrived <- struct{}{}
			<-f.goOn
			if f.moor {
				l.moor()
			}
		})
	}
	for _, l := range e.loops {
		select {
		case <-arrived:
		case <-l.ended:
			f.Thaw()
			return nil, ErrStopped
		}
	}
	return f, nil
}

// Thaw has the loops go on, with all connections that are still theirs.
func (f *Frozen) Thaw() {
	f.moor = true
	close(f.goOn)
}

// Deafen is Listening.Close for a frozen engine. Who waits in the backlogs is
// reset only if nobody else has the sockets.
func (f *Frozen) Deafen(ls *Listening) {
	for _, lis := range ls.sockets {
		lis.stop()
	}
	ls.sockets = nil
}

// atRest says whether halted loops have nothing under way.
func (e *Engine) atRest() bool {
	for _, l := range e.loops {
		if l.claims.Load() != 0 || len(l.dirty) > 0 || l.unrun > 0 || !l.posts.empty() || l.casting() {
			return false
		}
	}
	return true
}

func (p *posts) empty() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.list) == 0
}

// casting says whether the driver still has to let go of a connection.
func (l *Loop) casting() bool {
	for i := range l.slots.entries {
		if c := l.slots.entries[i].conn; c != nil && c.moored == casting && c.phase != gone {
			return true
		}
	}
	return false
}

// cast takes the loop's plain connections from its driver, and its ears.
func (l *Loop) cast() {
	l.frozen = true
	for i := range l.slots.entries {
		e := &l.slots.entries[i]
		switch {
		case e.lis != nil:
			e.lis.pause()
		case e.conn != nil:
			e.conn.cast()
		}
	}
}

// moor is the reverse. What goes on may add entries and take some away.
func (l *Loop) moor() {
	l.now = driver.Now()
	l.frozen = false
	for i := 0; i < len(l.slots.entries); i++ {
		e := &l.slots.entries[i]
		switch {
		case e.lis != nil:
			e.lis.resume()
		case e.conn != nil:
			e.conn.moor()
		}
	}
}
