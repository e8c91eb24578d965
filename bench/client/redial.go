// SPDX-License-Identifier: Apache-2.0

package client

import "slices"

// drop cuts the connections of this loop from a number on, all at once and
// without a word, as the end of the machine that they come from would.
func (l *loop) drop(from int) {
	l.dropped = true
	if l.phase > phaseRun {
		return // the run has ended meanwhile, and nothing would come back
	}
	for _, c := range l.conns {
		if c.id >= from && c.state == stateUp {
			l.close(c, nil)
		}
	}
}

// redials says whether a connection that is cut now comes back.
func (l *loop) redials() bool { return l.fleet.cfg.Redial && l.phase == phaseRun }

// cutOff gives up what was under way on a connection, and stops its lanes until
// both their ends are up.
func (l *loop) cutOff(c *conn) {
	for _, ln := range c.lanes {
		ln.flow.WriteOff()
		if ln.window > 0 {
			ln.probeNext()
		}
		if ln.ready {
			ln.ready = false
			ln.from.ready = slices.DeleteFunc(ln.from.ready, func(x *lane) bool { return x == ln })
		}
		if ln.kind == Usual {
			if !ln.cut {
				l.cut++
			}
			ln.cut, ln.cutAt = true, ln.flow.Sent()
		}
	}
}

// whole notes that a lane delivers again.
func (l *loop) whole(ln *lane) {
	ln.cut = false
	l.cut--
}

// cameBack lets the lanes of a connection go on.
func (l *loop) cameBack(c *conn) {
	record(l.returns, clock()-c.cutAt)
	c.cutAt = 0
	for _, ln := range c.lanes {
		l.wake(ln)
	}
}

// reopen puts a closed connection back to those that are to be opened, after a
// while if the server was to blame: it is not asked as fast as it can refuse.
func (l *loop) reopen(c *conn, after int64) {
	*c = conn{
		id: c.id, slot: c.slot, fd: -1, name: c.name, inbox: c.inbox, lanes: c.lanes,
		queued: c.queued, cutAt: c.cutAt, openAt: l.now + after,
	}
	l.unopened = append(l.unopened, c)
}
