// SPDX-License-Identifier: Apache-2.0

package client

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// openTimeout is how long a connection may take until its handshake is answered.
	openTimeout = int64(15 * time.Second)
	// closeTimeout is how long a server may take to answer our end tag.
	closeTimeout = int64(2 * time.Second)
	// retryAfter is how long a connection waits after it could not be opened.
	retryAfter = int64(10 * time.Millisecond)
	// redialAfter is the same for one that was cut: there may be thousands of them.
	redialAfter = int64(50 * time.Millisecond)
	// openBatch is how many connections are opened between two looks at the others:
	// each takes this thread some 20 us.
	openBatch = 64
)

// openMore connects as many as may be under way at once.
func (l *loop) openMore() {
	for range openBatch {
		if len(l.unopened) == 0 || l.nextOpen() > 0 {
			return
		}
		c := l.unopened[0]
		l.unopened = l.unopened[1:]
		l.open(c)
	}
}

// nextOpen is how long to wait until a connection may be opened. What was cut in
// the run comes back all at once.
func (l *loop) nextOpen() time.Duration {
	if len(l.unopened) == 0 || l.phase < phaseRun && l.opening >= l.fleet.cfg.Parallel {
		return idleWait
	}
	return time.Duration(max(0, l.unopened[0].openAt-l.now))
}

func (l *loop) open(c *conn) {
	to := l.fleet.cfg.Addr
	if second := l.fleet.cfg.Second; second.IsValid() && c.id%2 == 1 {
		to = second
	}
	fd, err := dial(to, source(to.Addr(), l.fleet.cfg.First+c.id))
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
	l.up++
	l.count.ups++
	switch {
	case l.fleet.cfg.Churn:
		l.recordLatency(clock() - c.began)
		l.end(c)
	case c.cutAt != 0:
		l.cameBack(c)
	}
}

// end ends the stream, politely if it is up.
func (l *loop) end(c *conn) {
	switch {
	case c.fd < 0:
	case c.state == stateUp && c.broke == 0:
		c.state = stateClosing
		l.up--
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
		l.up--
		l.broke(c, err)
	case stateClosing:
		if l.fleet.cfg.Churn && l.phase < phaseDrain {
			l.reopen(c, 0)
		}
	}
}

// broke is called when a connection was cut while it was up, by the server or,
// without an error, by drop.
func (l *loop) broke(c *conn, err error) {
	if !l.redials() {
		c.ready = nil
		l.fail(c, err)
		return
	}
	if err != nil {
		l.count.downs++
	}
	l.note(c, err)
	l.cutOff(c)
	c.ready = nil
	c.cutAt = l.now
	l.reopen(c, 0)
}

// fail notes a connection that did not open, or that broke for good.
func (l *loop) fail(c *conn, err error) {
	l.note(c, err)
	if c.cutAt != 0 { // who is not back when the run ends is missing, and counted there
		l.count.retries++
		if l.redials() {
			l.reopen(c, redialAfter)
		}
		return
	}
	if c.drowns && l.flooding {
		l.count.drowned++
	} else {
		l.count.failed++
	}
	if l.fleet.cfg.Churn && l.phase < phaseDrain {
		l.reopen(c, retryAfter)
	}
}

// note says why the first connection failed.
func (l *loop) note(c *conn, err error) {
	if l.failed == nil && err != nil {
		l.failed = fmt.Errorf("connection %d (%s): %w", c.id, c.name, err)
		l.verdict.Notes = append(l.verdict.Notes, l.failed.Error())
	}
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
