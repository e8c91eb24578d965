// SPDX-License-Identifier: Apache-2.0

package client

// phase is what a fleet is at; the loops follow it.
type phase int32

const (
	phaseOpen  phase = iota // connections are opened
	phaseRun                // usual lanes send
	phaseProve              // proof lanes send
	phaseDrain              // nothing new is sent; what is under way arrives
	phaseClose              // streams are ended
	phaseGone               // all sockets are closed
)

func (l *loop) enter(p phase) {
	if p <= l.phase {
		return
	}
	l.phase = p
	switch p {
	case phaseRun:
		l.begin()
	case phaseProve:
		l.quiet()
		for _, ln := range l.lanes {
			l.wake(ln)
		}
	case phaseDrain:
		l.quiet()
		for _, c := range l.conns {
			l.hear(c)
		}
	case phaseClose:
		l.unopened = nil
		for _, c := range l.conns {
			l.end(c)
		}
	}
}

// quiet stops what is sending.
func (l *loop) quiet() {
	for _, ln := range l.lanes {
		ln.ready = false
		ln.owed = 0
	}
	for _, c := range l.conns {
		c.ready = c.ready[:0]
	}
}

// begin starts the usual lanes.
func (l *loop) begin() {
	if l.sched != nil {
		l.sched.start = l.now
		return
	}
	for _, ln := range l.lanes {
		l.wake(ln)
	}
}
