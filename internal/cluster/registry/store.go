// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"time"
)

// What a write can come to, beside done.
var (
	// ErrRevision: somebody has written since; nothing is changed.
	ErrRevision = errors.New("registry: the record has changed meanwhile")
	// ErrBusy: another write of the key is under way; nothing is changed, and
	// nothing is said about whether the revision was right. Try again.
	ErrBusy = errors.New("registry: another write is under way")
	// ErrUnknown: no answer came. It may be done or not, or be done yet.
	ErrUnknown = errors.New("registry: no answer")
)

// Entry is one key at one revision. Revisions of a store grow with every write
// of any key.
type Entry struct {
	Key   string
	Value []byte
	Rev   uint64 // 0: the key was never written, or that is forgotten
	Gone  bool   // deleted, or expired, by this revision
}

// Event is one thing that a watch tells.
type Event struct {
	Entry
	Synced bool // all that was there before has been told; no entry
}

// Store is a map that the nodes share. Writes of one key are in one order for
// all. It may forget everything (then its generation changes), nothing of it need
// survive its servers. Safe for concurrent use.
type Store interface {
	// Get reads a key; it may be a moment old. A key that is not there is an
	// entry that is Gone.
	Get(ctx context.Context, key string) (Entry, error)
	// Put writes if the key's last revision, deletions counted, is expect; 0:
	// there is none. ttl other than 0 has the key expire, in whole seconds.
	Put(ctx context.Context, key string, value []byte, expect uint64, ttl time.Duration) (rev uint64, err error)
	// Delete is Put of nothing.
	Delete(ctx context.Context, key string, expect uint64) error
	// Watch tells the last entry of each key that is there, then Synced, then
	// every change, in order; of several changes of a key the earlier ones may be
	// left out. It returns when the context is done, or when it cannot be sure any
	// more to miss nothing: then it is called again.
	Watch(ctx context.Context, tell func(Event)) error
	// Generation tells one life of the store from another; it grows.
	Generation(ctx context.Context) (uint64, error)
}
