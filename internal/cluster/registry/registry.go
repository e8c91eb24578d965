// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"weir/internal/cluster/directory"
)

// Scope is how far a name is one component's alone.
type Scope uint8

const (
	// ByNode: one on each node, as MongooseIM has it; who is on a stanza's own
	// node gets it.
	ByNode Scope = iota
	// ByCluster: one in the whole cluster.
	ByCluster
)

// Takeover is when a node counts as dead for those who want its names.
type Takeover uint8

const (
	// Fast: as soon as nobody answers for it.
	Fast Takeover = iota
	// Strict: when its lease has ended, not before.
	Strict
)

// Life is what a node says of a holder of its own, or its silence.
type Life uint8

const (
	Unclear  Life = iota // no answer: it may be slow, frozen, or cut off
	Serves               // it has that instance
	Denies               // it has it no more
	NotThere             // nobody listens in the node's place
)

// Options are what a Registry is made with. Everything is needed but where it
// says so.
type Options struct {
	Self      directory.Peer
	Version   string
	Store     Store
	Directory *directory.Directory
	Log       *slog.Logger

	Scope    Scope
	Takeover Takeover
	TTL      time.Duration // of the lease, in whole seconds
	Refresh  time.Duration // how often it is renewed
	Margin   time.Duration // how long before its end we do not act any more

	// Ask asks a node about a holder of its own; nil: there is nobody to ask.
	Ask func(ctx context.Context, h directory.Holder, name string) Life
	// Evicted: our instance has lost a name to others, or it was never ours
	// again. It is called by the watch and must not block.
	Evicted func(name string, id uint64)
	// Ended: a run of a node lives no more. Likewise.
	Ended func(directory.Peer)
	// Now is a clock that goes on while the machine sleeps; nil: the kernel's.
	Now func() time.Duration
}

// Registry is this node's part in it. Safe for concurrent use.
type Registry struct {
	Options
	Count Counters

	lease      leaseState
	sweeper    sweeper
	releases   releases
	assertions assertions

	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
	synced chan struct{} // closed when the watch has told everything once
	once   sync.Once

	learning sync.Mutex // one change of the directory at a time

	mu      sync.RWMutex // guards what follows
	gen     uint64       // the store's, as of the watch
	mine    map[string][]*Claim
	changes atomic.Uint64 // of mine
	turns   map[string]*turn
	again   context.CancelFunc // ends the watch in hand
}

// New makes a registry; Start has it work.
func New(o Options) *Registry {
	if o.Now == nil {
		o.Now = bootTime
	}
	r := &Registry{Options: o, mine: map[string][]*Claim{}, turns: map[string]*turn{}, synced: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.sweeper.wake = make(chan struct{}, 1)
	r.releases.init()
	r.assertions.init()
	return r
}

// Start takes the lease and learns what there is, and returns when both are done,
// or at the end of the context; then it goes on trying, until Stop.
func (r *Registry) Start(ctx context.Context) error {
	r.done.Go(r.keepLease)
	r.done.Go(r.watch)
	r.done.Go(r.sweep)
	for range releaseWriters {
		r.done.Go(r.releaseAll)
	}
	for range assertWriters {
		r.done.Go(r.assertAll)
	}
	select {
	case <-r.synced:
	case <-ctx.Done():
		return ctx.Err()
	}
	return r.awaitLease(ctx)
}

// Stop ends it without giving anything up; see Leave.
func (r *Registry) Stop() {
	r.cancel()
	r.done.Wait()
}

// Leave gives up what is left of our names and the lease, for as long as the
// context lasts, and stops.
func (r *Registry) Leave(ctx context.Context) {
	r.giveUpAll()
	r.awaitReleases(ctx)
	r.cancel()
	r.done.Wait()
	r.dropLease(ctx)
}

// generation is the store's life that the watch sees.
func (r *Registry) generation() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.gen
}
