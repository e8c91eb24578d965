// SPDX-License-Identifier: Apache-2.0

package link

import "time"

// tick is how often the keeper looks: a fraction of the shortest time it keeps.
const tick = 50 * time.Millisecond

// keep looks after what does not come back. It never waits for the bus.
func (l *Link) keep() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-l.stop:
			return
		case now := <-ticker.C:
			for _, r := range *l.remotes.Load() {
				r.check(now)
			}
			l.checkLate(now)
		}
	}
}

// check asks a peer what needs to be asked, and gives it up if it leaves too much unanswered.
func (r *remote) check(now time.Time) {
	asked := false
	for _, ln := range r.lanes {
		asked = ln.ask(now, probeInterval) || asked
	}
	r.mu.Lock()
	if r.gone {
		r.mu.Unlock()
		return
	}
	every := probeInterval
	if r.state == unreachable && len(r.waiters) == 0 {
		every = returnInterval
	}
	if (r.state != reachable || len(r.waiters) > 0) && now.Sub(r.pinged) >= every {
		r.pinged, asked = now, true
		r.l.control.tell(r.peer, record{kind: ping}, 0)
	}
	if asked && r.asked.IsZero() {
		r.asked = now
	}
	silent := !r.asked.IsZero() && now.Sub(r.asked) >= silenceMax || r.l.downFor(now) >= downMax
	give := silent && r.state != unreachable
	r.mu.Unlock()
	if give {
		r.fail()
	}
}

// downFor is how long we have been without the bus.
func (l *Link) downFor(now time.Time) time.Duration {
	since := l.down.Load()
	if since == 0 {
		return 0
	}
	return now.Sub(time.Unix(0, since))
}

// checkLate tells of batches that hold their lane up.
func (l *Link) checkLate(now time.Time) {
	for _, s := range *l.sources.Load() {
		for _, sl := range s.lanes {
			for _, b := range sl.late(now, l.o.Late == nil) {
				l.n.late.Add(1)
				if l.o.Late != nil {
					l.o.Late(s.peer, b)
				}
			}
		}
	}
}
