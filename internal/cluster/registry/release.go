// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// releaseWriters is how many names are given back at a time: a store answers so many
// in little more time than one, and a node that leaves may have very many.
const releaseWriters = 16

// releases are the names of which somebody was given up here who may stand in the
// store yet. Who wants such a name meanwhile asks us, and is told that we do not have
// it. A name is there once: while the store does not answer, components may come and
// be refused for as long as they like.
type releases struct {
	mu   sync.Mutex
	list []string // in the order in which they came
	in   map[string]uint64
	busy int           // so many have been taken off and are not done
	wake chan struct{} // something is on the list; room for one for each writer
	idle chan struct{} // told when nothing is left to do; it may be no news
}

func (q *releases) init() {
	q.in = map[string]uint64{}
	q.wake = make(chan struct{}, releaseWriters)
	q.idle = make(chan struct{}, 1)
}

// Release gives up a name, if the instance has it. It waits for nobody.
func (r *Registry) Release(name string, id uint64) {
	r.releases.add(name, r.forget(name, id))
	wake(r.releases.wake)
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// forget takes a claim out of ours. It tells the revision of the name's record, if
// nobody else stood in there when we last knew; 0: somebody did, or who knows.
func (r *Registry) forget(name string, id uint64) (alone uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := slices.DeleteFunc(r.mine[name], func(c *Claim) bool {
		if c.ID == id && c.alone && c.gen == r.gen {
			alone = c.rev
		}
		return c.ID == id
	})
	if len(rest) == 0 {
		delete(r.mine, name)
	} else {
		r.mine[name] = rest
	}
	r.changes.Add(1)
	return alone
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

// releaseAll does what Release promises, until the end. Several do so.
func (r *Registry) releaseAll() {
	for try := 0; ; {
		name, rev, ok := r.releases.next()
		if !ok {
			select {
			case <-r.releases.wake:
			case <-r.ctx.Done():
				return
			}
			continue
		}
		done := rev != 0 && r.eraseAlone(name, rev) || r.erase(name)
		if !done {
			r.releases.add(name, 0)
		}
		r.releases.finish()
		if done {
			try = 0
			continue
		}
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

// add has a name be given back; alone is forget's.
func (q *releases) add(name string, alone uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, there := q.in[name]; !there {
		q.list = append(q.list, name)
	}
	q.in[name] = alone // the last one's: that of any other would be an old one
}

// doubt has all that waits be read before it is given back: the store has not answered,
// and one that has lost all meanwhile begins with its revisions anew.
func (q *releases) doubt() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for name := range q.in {
		q.in[name] = 0
	}
}

func (q *releases) next() (first string, alone uint64, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		q.list = nil
		return "", 0, false
	}
	first = q.list[0]
	q.list = q.list[1:]
	alone = q.in[first]
	delete(q.in, first)
	q.busy++
	return first, alone, true
}

// finish: what next gave is done, or on the list again.
func (q *releases) finish() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy--; q.busy == 0 && len(q.list) == 0 {
		wake(q.idle)
	}
}

func (q *releases) none() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.list) == 0 && q.busy == 0
}

// eraseAlone removes the record in which one of ours stood alone, without reading it:
// if somebody has written since it is another revision. It is false if the record must
// be read.
func (r *Registry) eraseAlone(name string, rev uint64) (done bool) {
	_, err := r.put(r.ctx, Entry{Key: Key(name), Rev: rev}, record{})
	if errors.Is(err, ErrUnknown) {
		r.releases.doubt()
	}
	return err == nil
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
