// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"slices"
	"time"

	"weir/internal/cluster/directory"
)

// view is what one watch has told so far.
type view struct {
	gen    uint64
	synced bool
	names  map[string]bool // told before Synced
	nodes  map[directory.Node]bool
}

// watch follows the store, again and again.
func (r *Registry) watch() {
	for try := 0; r.ctx.Err() == nil; try++ {
		began := time.Now()
		r.follow()
		if time.Since(began) > time.Minute {
			try = 0
		}
		if !r.pause(r.ctx, try) {
			return
		}
	}
}

// follow is one watch from its beginning to its end.
func (r *Registry) follow() {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	r.mu.Lock()
	r.again = cancel
	r.mu.Unlock()
	v := &view{names: map[string]bool{}, nodes: map[directory.Node]bool{}}
	var err error
	if v.gen, err = r.Store.Generation(ctx); err != nil {
		return
	}
	r.begin(v.gen)
	r.Count.Watches.Add(1)
	err = r.Store.Watch(ctx, func(e Event) { r.told(v, e) })
	if err != nil && ctx.Err() == nil {
		r.Log.Warn("the cluster's table cannot be watched; trying again", "error", err)
	}
}

// Rewatch has the watch begin anew: a server may have died with it, and silence is
// no sign that nothing happens. Safe from anywhere.
func (r *Registry) Rewatch() {
	r.mu.RLock()
	again := r.again
	r.mu.RUnlock()
	if again != nil {
		again()
	}
}

// begin notes the store's generation. Claims of another one have to be seen anew.
func (r *Registry) begin(gen uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gen = gen
	for _, claims := range r.mine {
		for _, c := range claims {
			c.seen = false
		}
	}
	for _, t := range r.turns {
		t.seenRev = 0
	}
}

func (r *Registry) told(v *view, e Event) {
	if e.Synced {
		r.sync(v)
		return
	}
	if n, ok := nodeOf(e.Key); ok {
		r.toldNode(v, n, e.Entry)
		return
	}
	name, ok := NameOf(e.Key)
	if !ok {
		return
	}
	if !v.synced {
		v.names[name] = true
	}
	rec := decode(e.Entry)
	r.learn(name, rec, v.gen)
	r.compare(name, rec, e.Rev)
}

// learn has the directory know of a record. Two learn: the watch, and Look.
func (r *Registry) learn(name string, rec record, gen uint64) {
	r.learning.Lock()
	defer r.learning.Unlock()
	r.Directory.Update(name, rec.forDirectory(gen))
}

// Look reads one name that is known to be of a node that does not answer: others
// may have it by now, and the watch not know it, if it hangs on a server that died
// with that node. It is for a name now and then, not for each stanza.
func (r *Registry) Look(name string) {
	e, err := r.get(r.ctx, Key(name))
	if err != nil {
		return
	}
	gen := r.generation()
	for _, h := range r.Directory.Holders(name) {
		if h.Epoch >= epochOf(gen, e.Rev) {
			return // what we read is not newer
		}
	}
	rec := decode(e)
	r.learn(name, rec, gen)
	r.compare(name, rec, e.Rev)
}

func (r *Registry) toldNode(v *view, n directory.Node, e Entry) {
	l, there := decodeLease(e)
	if !v.synced && there {
		v.nodes[n] = true
	}
	var before directory.Peer
	var ended bool
	if there {
		before, ended = r.Directory.SetNode(directory.Peer{Node: n, Incarnation: l.Inc})
	} else {
		before, ended = r.Directory.EndNode(n)
	}
	if ended && before != r.Self {
		r.nodeEnded(before)
	}
}

func (r *Registry) nodeEnded(p directory.Peer) {
	r.Log.Warn("a node has left the cluster", "node", string(p.Node))
	if r.Ended != nil {
		r.Ended(p)
	}
	wake(r.sweeper.wake)
}

// sync: all there is has been told. What was known before and is not there any
// more is gone, and what is missing of our own is written anew.
func (r *Registry) sync(v *view) {
	v.synced = true
	for _, p := range r.Directory.Nodes() {
		if !v.nodes[p.Node] {
			r.Directory.EndNode(p.Node)
			if p != r.Self {
				r.nodeEnded(p)
			}
		}
	}
	var stale []string
	r.Directory.All(func(n *directory.Name) {
		if !v.names[n.Text] {
			stale = append(stale, n.Text)
		}
	})
	for _, name := range stale {
		r.learn(name, record{}, v.gen)
	}
	r.assertions.add(r.unseen()...)
	v.names, v.nodes = nil, nil
	r.once.Do(func() { close(r.synced) })
	wake(r.sweeper.wake)
}

// unseen are the claims of ours that the watch has not told of.
func (r *Registry) unseen() (all []Claim) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, claims := range r.mine {
		for _, c := range claims {
			if !c.seen {
				all = append(all, *c)
			}
		}
	}
	return all
}

// compare looks whether a record has what we claim of it.
func (r *Registry) compare(name string, rec record, rev uint64) {
	r.mu.Lock()
	var lost, missing []Claim
	if t := r.turns[name]; t != nil {
		t.seen, t.seenRev = rec, rev
	}
	for _, c := range r.mine[name] {
		if h := rec.by(r.Self, c.ID); h != nil {
			c.seen, c.rev, c.gen, c.alone = true, h.Rev, r.gen, rec.isAlone(*h, rev)
			r.changes.Add(1)
			continue
		}
		if c.gen == r.gen && c.rev >= rev {
			continue // the record is older than the claim
		}
		switch {
		case r.replacedHere(rec):
		case r.isLost(*c, rec):
			lost = append(lost, *c)
		default:
			missing = append(missing, *c)
		}
	}
	r.mu.Unlock()
	for _, c := range lost {
		r.lose(c)
	}
	r.assertions.add(missing...)
}

// replacedHere says that it is another instance of this node which has replaced
// all others: who brought that one sees to the rest.
func (r *Registry) replacedHere(rec record) bool {
	return rec.Kick != nil && slices.ContainsFunc(rec.Holders, func(h holder) bool {
		return h.peer() == r.Self && h.Rev == *rec.Kick
	})
}

// isLost says whether a claim that a record does not have was taken by others.
func (r *Registry) isLost(c Claim, rec record) bool {
	if rec.Kick != nil && (c.gen != r.gen || *rec.Kick > c.rev) {
		return true
	}
	if r.Scope == ByNode {
		return false
	}
	return slices.ContainsFunc(rec.Holders, func(h holder) bool { return !h.Balance || !c.Balance })
}

// lose gives up a claim that others have got the better of.
func (r *Registry) lose(c Claim) {
	r.forget(c.Name, c.ID)
	r.Count.Evicted.Add(1)
	if r.Evicted != nil {
		r.Evicted(c.Name, c.ID)
	}
}
