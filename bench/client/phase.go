// SPDX-License-Identifier: Apache-2.0

package client

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// phase is what a fleet is at; the loops follow it.
type phase int32

const (
	phaseOpen  phase = iota // connections are opened
	phaseRun                // lanes send
	phaseDrain              // nothing new is sent; what is under way arrives
	phaseClose              // streams are ended
	phaseGone               // all sockets are closed
)

const (
	// openTimeout is how long a connection may take until its handshake is answered.
	openTimeout = int64(15 * time.Second)
	// closeTimeout is how long a server may take to answer our end tag.
	closeTimeout = int64(2 * time.Second)
	// retryAfter is how long nothing is opened after a connection failed.
	retryAfter = int64(10 * time.Millisecond)
)

func (l *loop) enter(p phase) {
	if p <= l.phase {
		return
	}
	l.phase = p
	switch p {
	case phaseRun:
		l.begin()
	case phaseDrain:
		for _, ln := range l.lanes {
			ln.ready = false
			ln.owed = 0
		}
		for _, c := range l.conns {
			c.ready = c.ready[:0]
			l.hear(c)
		}
	case phaseClose:
		l.closedAt = l.now
		l.unopened = nil
		for _, c := range l.conns {
			l.end(c)
		}
	}
}

// begin starts the lanes.
func (l *loop) begin() {
	if l.sched != nil {
		l.sched.start = l.now
		return
	}
	for _, ln := range l.lanes {
		l.wake(ln)
	}
}

// openMore connects as many as may be under way at once. A server that refuses
// is asked again a little later, not as fast as it can refuse.
func (l *loop) openMore() {
	for len(l.unopened) > 0 && l.opening < l.fleet.cfg.Parallel && l.now >= l.openAt {
		c := l.unopened[0]
		l.unopened = l.unopened[1:]
		l.open(c)
	}
}

func (l *loop) open(c *conn) {
	to := l.fleet.cfg.Addr
	if second := l.fleet.cfg.Second; second.IsValid() && c.id%2 == 1 {
		to = second
	}
	fd, err := dial(to, source(to.Addr(), c.id))
	if err != nil {
		l.fail(c, err)
		return
	}
	c.fd, c.state, c.began, c.polled = fd, stateConnecting, clock(), true
	l.opening++
	l.alive++
	l.control(c, unix.EPOLL_CTL_ADD)
}

// connected is called when a connecting socket became writable.
func (l *loop) connected(c *conn) {
	if err := connected(c.fd); err != nil {
		l.close(c, err)
		return
	}
	l.poll(c, false)
	if config := l.fleet.cfg.TLS; config != nil {
		c.state, c.coder = stateTLS, newCoder(config)
		_, err := c.coder.shake(nil)
		if err != nil {
			l.close(c, err)
			return
		}
		c.put(l, c.coder.take())
		return
	}
	l.secured(c)
}

// secured begins the stream.
func (l *loop) secured(c *conn) {
	c.state = stateHeader
	c.send(l, c.header())
}

// cameUp is called when the handshake was accepted.
func (l *loop) cameUp(c *conn) {
	l.opening--
	l.count.ups++
	if l.fleet.cfg.Churn {
		l.record(l.hist, clock()-c.began)
		l.end(c)
	}
}

// end ends the stream, politely if it is up.
func (l *loop) end(c *conn) {
	switch {
	case c.fd < 0:
	case c.state == stateUp && c.broke == 0:
		c.state = stateClosing
		c.endAt = clock()
		c.send(l, []byte(endTag))
	default:
		l.close(c, nil)
	}
}

// close closes the socket; err says why if it was not our wish.
func (l *loop) close(c *conn, err error) {
	if c.fd < 0 {
		return
	}
	before := c.state
	_ = unix.Close(c.fd)
	c.fd, c.state, c.polled = -1, stateClosed, false
	c.carry, c.out = nil, nil
	if c.coder != nil {
		c.coder.stop() // in the middle of a handshake it has a stack
		c.coder = nil
	}
	l.alive--
	switch before {
	case stateConnecting, stateTLS, stateHeader, stateHandshake:
		l.opening--
		if l.phase != phaseClose {
			l.fail(c, err)
		}
	case stateUp:
		c.ready = nil
		l.count.downs++
		l.fail(c, err)
	case stateClosing:
		if l.fleet.cfg.Churn && l.phase < phaseDrain {
			l.reopen(c)
		}
	}
}

// fail notes a connection that did not open or that broke.
func (l *loop) fail(c *conn, err error) {
	c.err = err
	l.count.failed++
	if l.failed == nil && err != nil {
		l.failed = fmt.Errorf("connection %d (%s): %w", c.id, c.name, err)
		l.verdict.Notes = append(l.verdict.Notes, l.failed.Error())
	}
	if l.fleet.cfg.Churn && l.phase < phaseDrain {
		l.openAt = l.now + retryAfter
		l.reopen(c)
	}
}

// reopen puts a closed connection back to those that are to be opened.
func (l *loop) reopen(c *conn) {
	*c = conn{id: c.id, slot: c.slot, fd: -1, name: c.name, inbox: c.inbox}
	l.unopened = append(l.unopened, c)
}

// checkSilent closes what waited too long for the server.
func (l *loop) checkSilent() {
	if l.now-l.checkedAt < int64(idleWait) {
		return
	}
	l.checkedAt = l.now
	for _, c := range l.conns {
		switch c.state {
		case stateConnecting, stateTLS, stateHeader, stateHandshake:
			if l.now-c.began > openTimeout {
				l.close(c, errSilent)
			}
		case stateClosing:
			if l.now-c.endAt > closeTimeout {
				l.close(c, nil)
			}
		}
	}
}
