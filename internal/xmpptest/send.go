// SPDX-License-Identifier: Apache-2.0

package xmpptest

import "time"

// Send writes the bytes with one write. When nobody takes them within the deadline the test ends.
func (p *Peer) Send(s string) {
	p.t.Helper()
	if err := p.TrySend(s); err != nil {
		p.t.Fatalf("sending %s: %v", clip(s), err)
	}
}

// TrySend is Send for what weir may cut short: it returns the socket's error.
func (p *Peer) TrySend(s string) error {
	p.t.Helper()
	if err := p.conn.SetWriteDeadline(time.Now().Add(expectTimeout)); err != nil {
		return err
	}
	_, err := p.conn.Write([]byte(s))
	return err
}

// Dribble writes the bytes one at a time, each with a write of its own on a connection without Nagle's algorithm.
func (p *Peer) Dribble(s string) {
	p.t.Helper()
	for i := range len(s) {
		p.Send(s[i : i+1])
	}
}

// HalfClose ends the sending side alone: weir reads the end of the file and can still answer.
func (p *Peer) HalfClose() {
	p.t.Helper()
	if err := p.conn.CloseWrite(); err != nil {
		p.t.Fatal(err)
	}
}

// Reset tears the connection down with a reset instead of an end of file, as a crashed machine's kernel does.
func (p *Peer) Reset() {
	p.t.Helper()
	if err := p.conn.SetLinger(0); err != nil {
		p.t.Fatal(err)
	}
	p.Close()
}

// smallBuffer is a receive buffer that fills soon. A much smaller one would make the peer slow even when it reads: the kernel
// would offer tiny windows.
const smallBuffer = 32 << 10

// ReadSlowly gives the peer a small receive buffer, so that a peer that expects nothing soon stops taking bytes. Call it before
// there is traffic.
func (p *Peer) ReadSlowly() {
	p.t.Helper()
	if err := p.conn.SetReadBuffer(smallBuffer); err != nil {
		p.t.Fatal(err)
	}
}
