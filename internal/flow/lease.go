// SPDX-License-Identifier: Apache-2.0

package flow

import "slices"

// Lease is a source's side of holding: the destinations that hold it. The zero
// Lease holds nothing. It is owned by the source's loop. D names a destination.
type Lease[D comparable] struct{ by []D }

// Take notes that d holds the source, and says whether it is the first.
func (h *Lease[D]) Take(d D) (first bool) {
	if slices.Contains(h.by, d) {
		return false
	}
	h.by = append(h.by, d)
	return len(h.by) == 1
}

// By are the destinations that hold the source.
func (h *Lease[D]) By() []D { return h.by }

// Give notes that d has caught up, and says whether nobody holds the source any
// more, but somebody did.
func (h *Lease[D]) Give(d D) (free bool) {
	i := slices.Index(h.by, d)
	if i < 0 {
		return false
	}
	h.by = slices.Delete(h.by, i, i+1)
	if len(h.by) > 0 {
		return false
	}
	h.by = nil
	return true
}

// End ends the lease and returns those who held the source.
func (h *Lease[D]) End() []D {
	by := h.by
	h.by = nil
	return by
}
