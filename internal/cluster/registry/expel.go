// SPDX-License-Identifier: Apache-2.0

package registry

import "weir/internal/cluster/directory"

// Expel takes a run of a node out of the record of a name: nobody answers for it, and
// others who have the name too cannot wait until its lease ends. If it lives after all
// it finds its claim missing, and comes by a later one. Strict waits. It is false if
// the run is not in the record, or the record has changed meanwhile.
func (r *Registry) Expel(name string, p directory.Peer) (expelled bool) {
	if r.Takeover != Fast || p == r.Self || !r.Valid() {
		return false
	}
	e, err := r.get(r.ctx, Key(name))
	if err != nil {
		return false
	}
	rec := decode(e)
	rest := rec.without(func(h holder) bool { return h.peer() == p })
	n := len(rec.Holders) - len(rest.Holders)
	if n == 0 {
		return false
	}
	if _, err := r.put(r.ctx, e, rest); err != nil {
		return false
	}
	r.Count.TakenOver.Add(int64(n))
	return true
}
