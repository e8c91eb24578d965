// SPDX-License-Identifier: Apache-2.0

package session

import "sync/atomic"

// Way is how the stanzas of one name go to one upstream of the router's. Its
// owner keeps in it the link to take; while there is none they wait with the
// owner. Safe for concurrent use; Park is immutable.
type Way struct {
	Name string // whose it is; immutable

	link   atomic.Pointer[Session]
	away   atomic.Pointer[Keeper]
	shared atomic.Bool // other nodes serve the name, too

	maxBytes atomic.Int64 // the largest stanza the server takes
	trusted  atomic.Bool  // the operator lets the name speak for others there
	// Park has a stanza wait for a link. Present: there is one now.
	Park func(lo *Local, u Unit) Parking
}

// Link is the link to take; nil without one.
func (w *Way) Link() *Session { return w.link.Load() }

// Allow sets the bytes of the largest stanza that goes up, and whether the name may
// speak for others.
func (w *Way) Allow(maxBytes int, trusted bool) {
	w.maxBytes.Store(int64(maxBytes))
	w.trusted.Store(trusted)
}

// SetLink says which link to take from now on.
func (w *Way) SetLink(s *Session) { w.link.Store(s) }

// Lost: s takes nothing any more. Its owner may know already, or not yet.
func (w *Way) Lost(s *Session) { w.link.CompareAndSwap(s, nil) }

// Away is who is to be sent to on the node that holds the link; nil if that is ours,
// or if stanzas wait until it is known.
func (w *Way) Away() *Keeper { return w.away.Load() }

// SetAway says so.
func (w *Way) SetAway(h *Keeper) { w.away.Store(h) }

// SetShared says whether other nodes serve the name, too.
func (w *Way) SetShared(shared bool) { w.shared.Store(shared) }
