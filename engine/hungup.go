// SPDX-License-Identifier: Apache-2.0

package engine

import "golang.org/x/sys/unix"

// HungUp says whether the peer has ended its side of the connection, or broken it,
// and how many bytes lie there unread. A connection that is held is not read, so
// that its own loop learns of an end only when it has gone through all of them.
//
// It is safe from any loop, and asks the kernel under the outbox's lock, against the
// rule: the descriptor is closed only after that lock was held, so it is this
// connection's. It is for rare questions.
func (c *Conn) HungUp() (unread int, yes bool) {
	o := &c.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state == closed {
		return 0, true
	}
	const ends = unix.POLLRDHUP | unix.POLLHUP | unix.POLLERR
	p := []unix.PollFd{{Fd: c.fd, Events: unix.POLLRDHUP}}
	if n, err := unix.Poll(p, 0); n != 1 || err != nil || p[0].Revents&ends == 0 {
		return 0, false // interrupted, too: who asks again is told
	}
	unread, err := unix.IoctlGetInt(int(c.fd), unix.TIOCINQ)
	if err != nil {
		unread = 0 // broken, with nothing left of it
	}
	return unread, true
}
