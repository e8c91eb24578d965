// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"sync"
	"time"

	"weir/table"
)

const (
	// assertWriters is how many claims of ours are written anew at a time. A store
	// that has lost everything has lost those of all nodes, which all write at once;
	// more of them only wait for each other there.
	assertWriters = 16
	// assertTimeout is how long one is tried before others have their turn.
	assertTimeout = 10 * time.Second
)

// assertions are the claims of ours that the store does not have, and should. A
// claim is there once, however often it is found missing.
type assertions struct {
	mu   sync.Mutex
	list []Claim // in the order in which they were found missing
	in   map[instance]bool
	wake chan struct{} // something is on the list; room for one for each writer
}

// instance is one who has a name.
type instance struct {
	name string
	id   uint64
}

func (q *assertions) init() {
	q.in = map[instance]bool{}
	q.wake = make(chan struct{}, assertWriters)
}

// add has claims be written anew. It waits for nobody.
func (q *assertions) add(claims ...Claim) {
	q.mu.Lock()
	for _, c := range claims {
		if i := (instance{c.Name, c.ID}); !q.in[i] {
			q.in[i] = true
			q.list = append(q.list, c)
		}
	}
	q.mu.Unlock()
	for range min(len(claims), assertWriters) {
		wake(q.wake)
	}
}

func (q *assertions) next() (first Claim, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		q.list = nil
		return Claim{}, false
	}
	first = q.list[0]
	q.list = q.list[1:]
	delete(q.in, instance{first.Name, first.ID})
	return first, true
}

// assertAll writes anew what is on the list, until the end. Several do so.
func (r *Registry) assertAll() {
	for try := 0; r.ctx.Err() == nil; {
		c, ok := r.assertions.next()
		if !ok {
			select {
			case <-r.assertions.wake:
			case <-r.ctx.Done():
			}
			continue
		}
		if r.assert(c) {
			try = 0
			continue
		}
		// A store that cannot be written for long has us fenced: what matters then is
		// that nothing is forgotten until it can be.
		r.assertions.add(c)
		if try++; !r.pause(r.ctx, try) {
			return
		}
	}
}

// assert writes a claim of ours anew that the store does not have. It is false if
// that was not decided.
func (r *Registry) assert(c Claim) (decided bool) {
	ctx, cancel := context.WithTimeout(r.ctx, assertTimeout)
	defer cancel()
	release, err := r.takeTurn(ctx, c.Name)
	if err != nil {
		return false
	}
	defer release()
	if !r.has(c.Name, c.ID) {
		return true
	}
	q := Request{Name: c.Name, ID: c.ID, Hidden: c.Hidden, Policy: table.Disconnect, again: true}
	if c.Balance {
		q.Policy = table.Balance
	}
	_, err = r.contend(ctx, q)
	r.setClaiming(c.Name, 0)
	switch {
	case errors.As(err, new(TakenError)):
		r.lose(c)
	case err != nil:
		return false
	case !r.has(c.Name, c.ID):
		r.Release(c.Name, c.ID)
	default:
		r.Count.Asserted.Add(1)
	}
	return true
}
