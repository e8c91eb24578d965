// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"weir/internal/cluster/directory"
	"weir/table"
)

// Waits between tries of what the store could not decide.
const (
	retryMin = 2 * time.Millisecond
	retryMax = 500 * time.Millisecond
)

// jitter is a duration of about d, so that those who wait alike do not meet.
func jitter(d time.Duration) time.Duration { return d*3/4 + rand.N(d/2+1) }

// Claim is a name that an instance of ours has.
type Claim struct {
	Name    string
	ID      uint64
	Balance bool
	Hidden  bool

	rev, gen uint64 // by which it came; guarded by Registry.mu
	seen     bool   // the watch has told of it
	alone    bool   // it is the only one in the record, which is of rev
}

// Request is one wish for a name.
type Request struct {
	Name   string // normalised
	ID     uint64 // of the instance: unlike any other in the cluster
	Policy table.Policy
	Hidden bool

	again bool // it was ours, and is written anew
}

// TakenError is the refusal of a claim.
type TakenError struct {
	Name string
	By   directory.Holder
}

func (e TakenError) Error() string {
	return fmt.Sprintf("registry: %s is served on node %s", e.Name, e.By.Node)
}

// ErrTimeout: the registry could not say in time whose the name is.
var ErrTimeout = errors.New("registry: no decision in time")

// Claim gets a name for an instance, or says whose it is. It waits for the store
// until the context is done. Those who had to make way are returned; who of them
// is on another node learns it from its own watch.
func (r *Registry) Claim(ctx context.Context, q Request) (replaced []directory.Holder, err error) {
	began := time.Now()
	release, err := r.takeTurn(ctx, q.Name)
	if err != nil {
		return nil, ErrTimeout
	}
	defer release()
	replaced, err = r.contend(ctx, q)
	r.setClaiming(q.Name, 0)
	r.Count.ClaimTime.Add(int64(time.Since(began)))
	switch {
	case err == nil:
		r.Count.Claimed.Add(1)
	case errors.Is(err, ErrTimeout):
		r.Count.TimedOut.Add(1)
		r.Release(q.Name, q.ID) // it may have been written after all
	default:
		r.Count.Refused.Add(1)
	}
	return replaced, err
}

// contend tries until it is decided. First it assumes that nobody has the name.
func (r *Registry) contend(ctx context.Context, q Request) (replaced []directory.Holder, err error) {
	r.setClaiming(q.Name, q.ID)
	me := holder{Node: r.Self.Node, Inc: r.Self.Incarnation, ID: q.ID, Balance: q.Policy == table.Balance, Hidden: q.Hidden}
	key := Key(q.Name)
	e := Entry{Key: key, Gone: true}
	for try := 0; ; try++ {
		if try > 0 {
			if e, err = r.get(ctx, key); err != nil { // and e is nothing
				if !r.pause(ctx, try) {
					return nil, ErrTimeout
				}
				continue
			}
		}
		rec := decode(e)
		if had := rec.by(r.Self, q.ID); had != nil {
			r.Count.AckLost.Add(1)
			r.keep(q, had.Rev, rec.isAlone(*had, e.Rev))
			return replaced, nil
		}
		next, losers, err := r.judge(ctx, q, rec)
		if err != nil {
			return nil, err
		}
		rev, err := r.put(ctx, e, next.with(me))
		if err == nil {
			r.keep(q, rev, len(next.Holders) == 0)
			return losers, nil
		}
		replaced = losers // if it was done after all
		if try == 0 && errors.Is(err, ErrRevision) {
			continue
		}
		if !r.pause(ctx, try) {
			return nil, ErrTimeout
		}
	}
}

// judge says what is left of a record when the request is granted, and who must
// make way for it, or refuses it.
func (r *Registry) judge(ctx context.Context, q Request, rec record) (next record, losers []directory.Holder, err error) {
	next = rec.without(func(h holder) bool { return !r.counts(ctx, h) })
	if dead := len(rec.Holders) - len(next.Holders); dead > 0 {
		r.Count.TakenOver.Add(int64(dead))
	}
	if q.Policy == table.KickOld {
		none := uint64(0)
		return record{Kick: &none}, inWords(next.Holders), nil
	}
	if q.Policy == table.Balance && !slices.ContainsFunc(next.Holders, func(h holder) bool { return !h.Balance }) {
		return next, nil, nil
	}
	for _, h := range slices.Clone(next.Holders) {
		if r.Scope == ByNode && h.Node != r.Self.Node {
			continue
		}
		if !r.vacant(ctx, q.Name, h) {
			return next, nil, TakenError{q.Name, inWords([]holder{h})[0]}
		}
		next = next.without(func(o holder) bool { return o == h })
	}
	return next, nil, nil
}

// counts says whether a holder's node lives, as far as the lease says.
func (r *Registry) counts(ctx context.Context, h holder) bool {
	lives, err := r.lives(ctx, h.peer())
	return lives || err != nil
}

// vacant asks after a holder that is in the way: it may have left a moment ago,
// or its node may be dead before its lease.
func (r *Registry) vacant(ctx context.Context, name string, h holder) bool {
	if h.peer() == r.Self {
		return !r.has(name, h.ID)
	}
	if r.Ask == nil {
		return false
	}
	switch r.Ask(ctx, inWords([]holder{h})[0], name) {
	case Denies:
		return true
	case NotThere:
		if r.Takeover == Fast {
			r.Count.TakenOver.Add(1)
			return true
		}
	}
	return false
}

func inWords(hs []holder) []directory.Holder { return record{Holders: hs}.forDirectory(0) }

func (r *Registry) get(ctx context.Context, key string) (Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	return r.Store.Get(ctx, key)
}

// put writes a record over the one that was read. Those who came by that one have
// its revision from now on.
func (r *Registry) put(ctx context.Context, over Entry, rec record) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	rev, err := uint64(0), error(nil)
	if len(rec.Holders) == 0 {
		err = r.Store.Delete(ctx, over.Key, over.Rev)
	} else {
		rev, err = r.Store.Put(ctx, over.Key, rec.encode(), over.Rev, 0)
	}
	switch {
	case errors.Is(err, ErrRevision):
		r.Count.Mismatched.Add(1)
	case errors.Is(err, ErrBusy):
		r.Count.Busy.Add(1)
	}
	return rev, err
}

// pause waits before another try, longer each time; false when there is no time.
func (r *Registry) pause(ctx context.Context, try int) bool {
	d := min(retryMin<<min(try, 16), retryMax)
	select {
	case <-time.After(jitter(d)):
		return true
	case <-ctx.Done():
	case <-r.ctx.Done():
	}
	return false
}

// keep notes a claim as ours, in the place of whoever of ours it replaces. The
// watch may have told already that somebody has got the better of it.
func (r *Registry) keep(q Request, rev uint64, alone bool) {
	t := r.note(q, rev, alone)
	if t.seenRev > rev {
		r.compare(q.Name, t.seen, t.seenRev)
	}
}

func (r *Registry) note(q Request, rev uint64, alone bool) turn {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := *r.turns[q.Name]
	if q.again && !slices.ContainsFunc(r.mine[q.Name], func(o *Claim) bool { return o.ID == q.ID }) {
		return turn{} // given up meanwhile
	}
	c := &Claim{Name: q.Name, ID: q.ID, Balance: q.Policy == table.Balance, Hidden: q.Hidden, rev: rev, gen: r.gen, alone: alone}
	all := slices.DeleteFunc(r.mine[q.Name], func(o *Claim) bool { return o.ID == q.ID || !o.Balance || !c.Balance })
	r.mine[q.Name] = append(all, c)
	r.changes.Add(1)
	return t
}

// has says whether an instance of ours has a name.
func (r *Registry) has(name string, id uint64) bool {
	_, ok := r.Epoch(name, id)
	return ok
}

// Serves says whether an instance of ours has a name, or is about to: a claim may
// be written and we not know it yet.
func (r *Registry) Serves(name string, id uint64) bool {
	r.mu.RLock()
	t := r.turns[name]
	claiming := t != nil && t.claiming == id
	r.mu.RUnlock()
	return claiming || r.has(name, id)
}

// setClaiming says which instance of ours is about to have a name; 0: none. It is
// called by who has the turn.
func (r *Registry) setClaiming(name string, id uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turns[name].claiming = id
}

// Epoch is that of a claim of ours.
func (r *Registry) Epoch(name string, id uint64) (epoch uint64, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, c := range r.mine[name] {
		if c.ID == id {
			return epochOf(c.gen, c.rev), true
		}
	}
	return 0, false
}

// Changes counts the changes of what Epoch and Newest say, each when it is there.
func (r *Registry) Changes() uint64 { return r.changes.Load() }

// Newest is the epoch of the claim by which a name is one instance's of ours alone.
func (r *Registry) Newest(name string) (epoch uint64, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, c := range r.mine[name] {
		if !c.Balance {
			return epochOf(c.gen, c.rev), true
		}
	}
	return 0, false
}

// Claims is how many we have.
func (r *Registry) Claims() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.mine)
}

// turn has those of this node who want one name come one after the other: only
// one of them can have it, and each write of theirs would fail the others.
type turn struct {
	busy     chan struct{}
	users    int
	claiming uint64 // the instance whose turn it is
	seen     record // what the watch has told of the name since, and its revision
	seenRev  uint64
}

func (r *Registry) takeTurn(ctx context.Context, name string) (release func(), err error) {
	r.mu.Lock()
	t := r.turns[name]
	if t == nil {
		t = &turn{busy: make(chan struct{}, 1)}
		r.turns[name] = t
	}
	t.users++
	r.mu.Unlock()
	leave := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(r.turns, name)
		}
	}
	select {
	case t.busy <- struct{}{}:
		return func() { <-t.busy; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
