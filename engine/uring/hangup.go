// SPDX-License-Identifier: Apache-2.0

package uring

import "golang.org/x/sys/unix"

// A multishot receive may miss that a connection was reset. With nothing left in
// the socket it waits for the next wake-up; if bytes and the reset behind them
// came between its first look and its wait, the wake-up it gets for both brings
// it the bytes, and there is no other. Seen on Linux 6.18, once in some 10,000
// connections that are reset with bytes on their way; always, if it is told not to
// look first (plan.pollFirst). The like of it is liburing's issue 1549. A component
// that was killed would keep its name until somebody writes to it.
//
// So each socket that is read as a stream has a poll for its end, once, for as
// long as it lives. A poll looks at the socket before it waits, and misses
// nothing. When it tells, a receive that has not told by itself is given up, and
// what is left is read as a flood is: each read behind a poll of its own.
type hangup struct {
	polled bool // the poll is under way
	unpoll bool // it is being cancelled
	told   bool // the peer has ended, or broken it: no further poll
}

// watchHangup asks, beside the first receive of a stream, to be told of its end.
func (d *Driver) watchHangup(index uint32, e *entry) {
	if e.armed != stream || e.hangup.polled || e.hangup.told {
		return
	}
	e.hangup.polled = true
	d.poll(userData(index, e.gen, kindHangup), int(e.fd), unix.POLLRDHUP, 0)
}

// hungUp deals with the end of that poll. A receive that ends at the same time
// has been dealt with when the entry is settled, since all completions are.
func (d *Driver) hungUp(c *cqe) {
	index, e := d.of(c)
	if e == nil {
		return
	}
	e.hangup = hangup{told: true}
	d.flood(index, e)
}
