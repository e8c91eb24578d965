// SPDX-License-Identifier: Apache-2.0

package client

import "golang.org/x/sys/unix"

// flood lets the flooding lanes send, to receivers that read nothing from now on.
func (l *loop) flood() {
	l.flooding = true
	for _, ln := range l.lanes {
		if ln.kind != Flood {
			continue
		}
		if c := ln.to; c.state == stateUp && !c.deaf {
			c.deaf = true
			l.control(c, unix.EPOLL_CTL_MOD)
		}
		l.wake(ln)
	}
}

// hear lets a connection that read nothing read again.
func (l *loop) hear(c *conn) {
	if c.deaf && c.fd >= 0 {
		c.deaf = false
		l.control(c, unix.EPOLL_CTL_MOD)
	}
}
