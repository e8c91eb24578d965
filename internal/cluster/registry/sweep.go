// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"slices"
	"sync"
	"time"

	"weir/internal/cluster/directory"
)

// sweepLater is how long those nodes wait whose turn it is not: what is left then
// the first one could not do.
const sweepLater = 10 * time.Second

// sweepWriters is how many names are swept at a time: a node that dies may leave very
// many.
const sweepWriters = 16

// sweeper removes what the dead have left. Everybody passes it over anyway; it is
// removed so that it does not stay for ever.
type sweeper struct{ wake chan struct{} }

func (r *Registry) sweep() {
	again := time.NewTimer(sweepLater)
	defer again.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.sweeper.wake:
			if !r.sweepsFirst() {
				again.Reset(jitter(sweepLater))
				continue
			}
		case <-again.C:
			again.Reset(jitter(r.TTL + sweepLater))
		}
		r.sweepOnce()
	}
}

// sweepsFirst says whether it is this node that sweeps at once: the first by name.
func (r *Registry) sweepsFirst() bool {
	all := r.Directory.Nodes()
	return len(all) > 0 && all[0] == r.Self
}

func (r *Registry) sweepOnce() {
	if !r.Valid() {
		return // it may be we who are the dead
	}
	var some []string
	r.Directory.All(func(n *directory.Name) {
		if slices.ContainsFunc(n.Holders(), func(h directory.Holder) bool { return r.dead(h.Peer) }) {
			some = append(some, n.Text)
		}
	})
	names := make(chan string)
	var writers sync.WaitGroup
	for range min(sweepWriters, len(some)) {
		writers.Go(func() {
			for name := range names {
				r.sweepName(name)
			}
		})
	}
	for _, name := range some {
		if r.ctx.Err() != nil || !r.Valid() {
			break
		}
		names <- name
	}
	close(names)
	writers.Wait()
}

// dead says that a run of a node holds no lease, as far as the watch has told.
func (r *Registry) dead(p directory.Peer) bool { return p != r.Self && !r.Directory.Lives(p) }

// sweepName takes the dead out of a record. Whoever writes it meanwhile does so
// too.
func (r *Registry) sweepName(name string) {
	e, err := r.get(r.ctx, Key(name))
	if err != nil {
		return
	}
	rec := decode(e)
	rest := rec.without(func(h holder) bool { return !r.counts(r.ctx, h) })
	n := len(rec.Holders) - len(rest.Holders)
	if n == 0 {
		return
	}
	if _, err := r.put(r.ctx, e, rest); err == nil {
		r.Count.Swept.Add(int64(n))
	}
}
