// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// releases are the names of which somebody was given up here who may stand in the
// store yet. Who wants such a name meanwhile asks us, and is told that we do not have
// it. A name is there once: while the store does not answer, components may come and
// be refused for as long as they like.
type releases struct {
	mu   sync.Mutex
	list []string // in the order in which they came
	in   map[string]bool
	busy bool // one has been taken off and is not done
	wake chan struct{}
	idle chan struct{} // told when nothing is left to do; it may be no news
}

// Release gives up a name, if the instance has it. It waits for nobody.
func (r *Registry) Release(name string, id uint64) {
	r.forget(name, id)
	r.releases.add(name)
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
	r.changes.Add(1)
}

// giveUpAll releases every name.
func (r *Registry) giveUpAll() {
	r.mu.RLock()
	var all []Claim
	for _, claims := range r.mine {
		for _, c := range claims {
			all = append(all, *c)
		}
	}
	r.mu.RUnlock()
	for _, c := range all {
		r.Release(c.Name, c.ID)
	}
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
		r.releases.add(next)
		if try++; !r.pause(r.ctx, try) {
			return
		}
	}
}

// awaitReleases waits until the store knows of all that was given up.
func (r *Registry) awaitReleases(ctx context.Context) {
	for !r.releases.none() {
		select {
		case <-r.releases.idle:
		case <-ctx.Done():
			return
		}
	}
}

func (q *releases) add(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.in[name] {
		q.in[name] = true
		q.list = append(q.list, name)
	}
}

func (q *releases) next() (first string, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy = len(q.list) > 0; !q.busy {
		q.list = nil
		return "", false
	}
	first = q.list[0]
	q.list = q.list[1:]
	delete(q.in, first)
	return first, true
}

func (q *releases) none() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.list) == 0 && !q.busy
}

// erase takes those of ours out of a record who do not have the name any more, and
// nobody else. It is false if that must be tried again.
func (r *Registry) erase(name string) (done bool) {
	e, err := r.get(r.ctx, Key(name))
	if err != nil {
		return false
	}
	rec := decode(e)
	// Who is about to have the name was so before he stood in the record.
	rest := rec.without(func(h holder) bool { return h.peer() == r.Self && !r.Serves(name, h.ID) })
	if len(rest.Holders) == len(rec.Holders) {
		return true
	}
	_, err = r.put(r.ctx, e, rest)
	return err == nil || errors.Is(err, ErrRevision) && r.erase(name)
}
