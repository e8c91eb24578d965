// SPDX-License-Identifier: Apache-2.0

package guard

import (
	"net/netip"
	"time"
)

// State is what is remembered of one address's wrong proofs, as a value that means
// the same under another clock. Who is connected, and how often somebody has come
// this second, is not in it: the streams themselves tell the one, the other is over.
type State struct {
	Net      netip.Prefix
	Failures int           // within a window that has begun
	Since    time.Duration // so long ago
	Left     time.Duration // of a lock-out; 0: there is none
}

// States are those of all addresses of which there is something to remember.
func (g *Guard) States(now int64) (all []State) {
	s := g.set.Load()
	if s.Failures == 0 {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.places {
		st := State{Net: p.net}
		if p.locked(now) {
			st.Left = time.Duration(p.until - now)
		}
		if p.suspected(s, now) {
			st.Failures, st.Since = p.failures, time.Duration(now-p.since)
		}
		if st.Left > 0 || st.Failures > 0 {
			all = append(all, st)
		}
	}
	return all
}

// Restore remembers what another guard has. Those who have come in since are
// counted on.
func (g *Guard) Restore(all []State, now int64) {
	s := g.set.Load()
	if s.Failures == 0 {
		return // nothing follows from wrong proofs any more
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, st := range all {
		p := g.at(st.Net.Addr())
		p.failures, p.since = st.Failures, now-st.Since.Nanoseconds()
		if st.Left > 0 {
			p.until = now + st.Left.Nanoseconds()
		}
		g.settle(p, now)
	}
}
