// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"errors"
	"slices"
	"sync"
)

// releases is what has been given up here and stands in the store yet. Who wants
// such a name meanwhile asks us, and is told that we do not have it.
type releases struct {
	mu   sync.Mutex
	list []release
	busy bool
	wake chan struct{}
	idle chan struct{} // told when nothing is left to do
}

type release struct {
	name string
	id   uint64
}

// Release gives up a name, if the instance has it. It waits for nobody.
func (r *Registry) Release(name string, id uint64) {
	r.forget(name, id)
	r.releases.mu.Lock()
	r.releases.list = append(r.releases.list, release{name, id})
	r.releases.mu.Unlock()
	wake(r.releases.wake)
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// forget takes a claim out of ours.
func (r *Registry) forget(name string, id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := slices.DeleteFunc(r.mine[name], func(c *Claim) bool { return c.ID == id })
	if len(rest) == 0 {
		delete(r.mine, name)
	} else {
		r.mine[name] = rest
	}
}

// giveUpAll releases every name.
func (r *Registry) giveUpAll() {
	r.mu.RLock()
	var all []release
	for name, claims := range r.mine {
		for _, c := range claims {
			all = append(all, release{name, c.ID})
		}
	}
	r.mu.RUnlock()
	for _, c := range all {
		r.Release(c.name, c.id)
	}
	wake(r.releases.wake)
}

// releaseAll does what Release promises, until the end.
func (r *Registry) releaseAll() {
	for try := 0; ; {
		next, ok := r.releases.next()
		if !ok {
			wake(r.releases.idle)
			select {
			case <-r.releases.wake:
			case <-r.ctx.Done():
				return
			}
			continue
		}
		if r.erase(next) {
			try = 0
			continue
		}
		r.releases.mu.Lock()
		r.releases.list = append(r.releases.list, next)
		r.releases.mu.Unlock()
		if try++; !r.pause(r.ctx, try) {
			return
		}
	}
}

func (q *releases) next() (first release, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		q.list = nil
		return release{}, false
	}
	first = q.list[0]
	q.list = q.list[1:]
	return first, true
}

// erase takes a holder of ours out of its record, and nobody else. It is false if
// that must be tried again.
func (r *Registry) erase(c release) (done bool) {
	e, err := r.get(r.ctx, Key(c.name))
	if err != nil {
		return false
	}
	rec := decode(e)
	if rec.by(r.Self, c.id) == nil {
		return true
	}
	if r.has(c.name, c.id) {
		return true // it has come back
	}
	rest := rec.without(func(h holder) bool { return h.peer() == r.Self && h.ID == c.id })
	_, err = r.put(r.ctx, e, rest)
	return err == nil || errors.Is(err, ErrRevision) && r.erase(c)
}
