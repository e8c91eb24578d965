// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"weir/internal/cluster/directory"
)

// opTimeout is how long one operation on the store may take before it counts as
// unanswered: longer than a busy store needs, shorter than the pause in which it
// finds a new leader (about 6 s), since asking again is what finds that one.
const opTimeout = 2 * time.Second

// leaseState is this node's lease.
type leaseState struct {
	mu      sync.Mutex
	rev     uint64
	until   time.Duration // when it ends, by Registry.Now
	held    bool          // it was there when we last looked
	fenced  bool          // told
	refused bool          // somebody else has our name
	changed chan struct{} // closed at the next change
}

// bootTime is a clock that goes on while the machine sleeps: a lease does too.
func bootTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		panic("registry: no boot-time clock: " + err.Error())
	}
	return time.Duration(t.Nano())
}

// Valid says whether this node may act for its names: its lease has not come so
// near its end that somebody else may have them. It asks nobody, and is cheap
// enough to be asked before every batch.
func (r *Registry) Valid() bool {
	l := &r.lease
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held && r.Now() < l.until-r.Margin
}

// LeaseLeft is how long the lease lasts yet; not positive: it has ended.
func (r *Registry) LeaseLeft() time.Duration {
	l := &r.lease
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.held {
		return 0
	}
	return l.until - r.Now()
}

// keepLease renews the lease until the end.
func (r *Registry) keepLease() {
	for r.ctx.Err() == nil {
		err := r.renew()
		wait := r.Refresh
		if err != nil {
			wait = min(wait, retryMax)
		}
		r.checkFence()
		select {
		case <-r.ctx.Done():
		case <-time.After(jitter(wait)):
		}
	}
}

// renew writes the lease once more. It counts from when we began to: the store
// cannot have taken it earlier.
func (r *Registry) renew() error {
	l := &r.lease
	l.mu.Lock()
	rev := l.rev
	l.mu.Unlock()
	began := r.Now()
	ctx, cancel := context.WithTimeout(r.ctx, opTimeout)
	defer cancel()
	next, err := r.Store.Put(ctx, nodeKey(r.Self.Node), r.leaseText(), rev, r.TTL)
	switch {
	case err == nil:
		r.tookLease(next, began)
	case errors.Is(err, ErrRevision):
		return r.reclaim(ctx)
	default:
		r.Count.RefreshFailed.Add(1)
	}
	return err
}

// reclaim: the lease is not what we have written. It may have ended, or be of a
// run of this node before us, or our own of which we do not know.
func (r *Registry) reclaim(ctx context.Context) error {
	e, err := r.Store.Get(ctx, nodeKey(r.Self.Node))
	if err != nil {
		return err
	}
	old, there := decodeLease(e)
	l := &r.lease
	l.mu.Lock()
	had := l.held
	if l.rev > e.Rev && there && old.Inc == r.Self.Incarnation {
		l.mu.Unlock()
		return ErrBusy // what we read is older than what we wrote
	}
	l.rev = e.Rev
	l.held = there && old.Inc == r.Self.Incarnation && had
	if there && old.Inc != r.Self.Incarnation && had {
		l.refused = true
	}
	refused := l.refused
	l.mu.Unlock()
	if refused {
		r.Log.Error("another process has this node's name in the cluster; this one is out of it", "node", string(r.Self.Node))
		return errNameTaken
	}
	began := r.Now()
	next, err := r.Store.Put(ctx, nodeKey(r.Self.Node), r.leaseText(), e.Rev, r.TTL)
	if err == nil {
		r.tookLease(next, began)
	}
	return err
}

var errNameTaken = errors.New("registry: another process has this node's name")

func (r *Registry) tookLease(rev uint64, began time.Duration) {
	l := &r.lease
	l.mu.Lock()
	l.rev, l.until, l.held = rev, began+r.TTL, true
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	l.mu.Unlock()
	r.Count.Refreshed.Add(1)
}

func (r *Registry) leaseText() []byte {
	b, err := json.Marshal(lease{Inc: r.Self.Incarnation, Version: r.Version})
	if err != nil {
		panic("registry: a lease cannot be written: " + err.Error())
	}
	return b
}

// checkFence notes when the lease has come to its end, and when it is back.
func (r *Registry) checkFence() {
	valid := r.Valid()
	l := &r.lease
	l.mu.Lock()
	changed := l.fenced == valid && (l.held || l.fenced)
	l.fenced = !valid && l.held
	l.mu.Unlock()
	switch {
	case !changed:
	case valid:
		r.Log.Info("this node is in the cluster again", "node", string(r.Self.Node))
	default:
		r.Count.Fenced.Add(1)
		r.Log.Error("this node's lease has ended: it acts for no name in the cluster until it is back", "node", string(r.Self.Node))
	}
}

// awaitLease waits until the lease is ours.
func (r *Registry) awaitLease(ctx context.Context) error {
	for !r.Valid() {
		l := &r.lease
		l.mu.Lock()
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		changed := l.changed
		l.mu.Unlock()
		if r.Valid() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// dropLease says that this node is gone.
func (r *Registry) dropLease(ctx context.Context) {
	l := &r.lease
	l.mu.Lock()
	rev, held := l.rev, l.held
	l.held = false
	l.mu.Unlock()
	if held {
		_ = r.Store.Delete(ctx, nodeKey(r.Self.Node), rev) // else it ends by itself
	}
}

// lives says whether a run of a node holds its lease. What the watch does not
// know yet is looked up.
func (r *Registry) lives(ctx context.Context, p directory.Peer) (bool, error) {
	if p == r.Self || r.Directory.Lives(p) {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	e, err := r.Store.Get(ctx, nodeKey(p.Node))
	if err != nil {
		return true, err
	}
	l, there := decodeLease(e)
	return there && l.Inc == p.Incarnation, nil
}
