// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"weir/bench/traffic"
)

type connState byte

const (
	stateNew connState = iota
	stateConnecting
	stateTLS       // the TLS handshake is under way
	stateHeader    // our header is out, theirs is awaited
	stateHandshake // our digest is out, their answer is awaited
	stateUp
	stateClosing // our end tag is out
	stateClosed
)

// conn is one component connection. Owned by its loop.
type conn struct {
	id     int // in the fleet
	slot   int // in the loop
	fd     int
	state  connState
	polled bool // EPOLLOUT is asked for
	queued bool // stands in the loop's list of connections with something to send
	deaf   bool // reads nothing, on purpose
	drowns bool // is flooded: that the server cuts it is no error
	name   string
	began  int64 // when connecting began
	endAt  int64 // when our end tag was written
	openAt int64 // when it may be opened, again
	cutAt  int64 // when it was cut; 0 once it is up again

	coder *coder  // nil: plain
	out   []byte  // written by nobody yet; not empty means blocked
	carry []byte  // the beginning of a stanza whose rest has not come
	ready []*lane // that have something to send
	lanes []*lane // that end here, at either side; only with Config.Redial
	inbox traffic.Inbox
	broke unix.Errno // what a write failed with; it is only read from since
}

var (
	errEOF    = errors.New("the server closed the connection without a word")
	errSilent = errors.New("the server did not answer in time")
)

// header opens a component stream (XEP-0114 §3).
func (c *conn) header() []byte {
	return fmt.Appendf(nil, "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "+
		"xmlns:stream='http://etherx.jabber.org/streams' to='%s'>", c.name)
}

const endTag = "</stream:stream>"

// take reads what the state awaits from the start of b. An error ends the
// connection.
func (c *conn) take(l *loop, b []byte) (used int, err error) {
	if c.state == stateTLS {
		return 0, nil
	}
	if c.state == stateHeader {
		n, id, err := traffic.SplitHeader(b)
		if n == 0 || err != nil {
			return 0, err
		}
		used = n
		c.state = stateHandshake
		sum := sha1.Sum([]byte(id + l.secret))
		c.send(l, fmt.Appendf(nil, "<handshake>%s</handshake>", hex.EncodeToString(sum[:])))
	}
	if c.state == stateHandshake {
		start, end, err := traffic.SplitElement(b[used:])
		if end == 0 || err != nil {
			return used, err
		}
		if bytes.HasPrefix(b[used+start:], []byte("<handshake")) {
			used += end
			c.state = stateUp
			l.cameUp(c)
		}
	}
	n, err := c.inbox.Take(b[used:])
	return used + n, err
}
