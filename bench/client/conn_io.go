// SPDX-License-Identifier: Apache-2.0

package client

import (
	"golang.org/x/sys/unix"
)

const (
	// readSize is what one read takes at most: more than a socket hands over at
	// once on loopback, and still inside the second level cache.
	readSize = 64 << 10
	// writeSize is what one write offers at least while there is that much to send.
	writeSize = 64 << 10
)

// readable reads once and judges what came.
func (l *loop) readable(c *conn) {
	if c.deaf {
		return
	}
	held := len(c.carry)
	if need := held + readSize; need > len(l.in) {
		l.in = make([]byte, need+need/2)
	}
	copy(l.in, c.carry)
	into := l.in[held : held+readSize]
	if c.coder != nil {
		into = l.coded[:]
	}
	n, errno := rawRead(c.fd, into)
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return
	case errno != 0:
		l.close(c, errno)
		return
	case n == 0:
		l.close(c, errEOF)
		return
	}
	l.now = clock()
	l.count.bytesIn += uint64(n)
	b := l.in[:held+n]
	var ended error
	if c.coder != nil {
		b, ended = l.decode(c, held, into[:n])
	}
	used, err := c.take(l, b)
	if err == nil {
		err = ended
	}
	if err != nil {
		l.close(c, err)
		return
	}
	c.carry = append(c.carry[:0], b[used:]...)
}

// decode is what came, behind the held bytes that are in l.in already.
func (l *loop) decode(c *conn, held int, came []byte) (b []byte, err error) {
	if c.state == stateTLS {
		done, err := c.coder.shake(came)
		c.put(l, c.coder.take())
		if !done || err != nil {
			return nil, err
		}
		if l.tls == "" {
			l.tls = c.coder.agreed()
		}
		l.secured(c)
		came = nil
	}
	b, err = c.coder.open(l.in[:held], came)
	if cap(b) > cap(l.in) {
		l.in = b[:cap(b)]
	}
	c.put(l, c.coder.take())
	return b, err
}

// send writes b, now or when the socket takes it.
func (c *conn) send(l *loop, b []byte) {
	if c.coder != nil {
		b = c.coder.seal(b)
	}
	c.put(l, b)
}

// put is send for what is encrypted, if it must be.
func (c *conn) put(l *loop, b []byte) {
	if len(b) == 0 || c.fd < 0 || c.broke != 0 {
		return
	}
	if len(c.out) > 0 {
		c.out = append(c.out, b...)
		return
	}
	n, ok := l.write(c, b)
	if ok && n < len(b) {
		c.out = append(c.out[:0], b[n:]...)
		l.poll(c, true)
	}
}

// write writes once. ok is false if the connection is gone.
func (l *loop) write(c *conn, b []byte) (n int, ok bool) {
	n, errno := rawWrite(c.fd, b)
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return 0, true
	case errno != 0:
		l.broken(c, errno)
		return 0, false
	}
	l.count.bytesOut += uint64(n)
	return n, true
}

// broken notes that a connection takes no more bytes. What the server sent
// before it closed, the reason among it, is still to be read.
func (l *loop) broken(c *conn, errno unix.Errno) {
	c.ready = c.ready[:0]
	c.out = nil
	c.broke = errno
	l.poll(c, false)
}

// writable goes on where the socket took no more.
func (l *loop) writable(c *conn) {
	if c.state == stateConnecting {
		l.connected(c)
		return
	}
	if len(c.out) > 0 {
		n, ok := l.write(c, c.out)
		if !ok {
			return
		}
		c.out = append(c.out[:0], c.out[n:]...)
	}
	if len(c.out) == 0 {
		l.poll(c, false)
		l.queue(c)
	}
}

// fill sends what the lanes of a connection may send now, one stanza of each in
// turn, in one write. What is more than that waits for the next turn: a tool that
// catches up by sending alone would be the slow receiver that it measures.
func (l *loop) fill(c *conn) {
	if len(c.out) > 0 || len(c.ready) == 0 || c.state != stateUp || c.broke != 0 {
		return
	}
	l.now = clock()
	b := l.out[:0]
	for len(b) < writeSize && len(c.ready) > 0 {
		keep := c.ready[:0]
		for _, ln := range c.ready {
			b = ln.next(b, l.now)
			l.count.sent++
			if ln.may() > 0 {
				keep = append(keep, ln)
			} else {
				ln.ready = false
			}
		}
		c.ready = keep
	}
	l.out = b[:0]
	if c.coder != nil {
		b = c.coder.seal(b)
	}
	n, ok := l.write(c, b)
	if ok && n < len(b) {
		c.out = append(c.out[:0], b[n:]...)
		l.poll(c, true)
		return
	}
	l.queue(c)
}
