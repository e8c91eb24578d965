// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// wire is the connection that crypto/tls sees: it never waits. Read returns a
// temporary error when there is nothing, after which crypto/tls goes on where it
// was; within a handshake, which crypto/tls cannot begin anew, it gives the
// runner back instead. Write only queues: an error from there would be for ever.
type wire struct {
	in     []byte              // what came and is not read yet
	yield  func(struct{}) bool // within a handshake: comes back when there is more; false: give up
	remote netip.AddrPort

	mu    sync.Mutex
	out   []byte // what is to be written
	total int64  // bytes that were ever put into out
}

// wouldBlock is the temporary error.
type wouldBlock struct{}

func (wouldBlock) Error() string   { return "engine: nothing to read now" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }

var errWouldBlock net.Error = wouldBlock{}

// Read implements net.Conn.
func (w *wire) Read(b []byte) (int, error) {
	for len(w.in) == 0 {
		if w.yield == nil {
			return 0, errWouldBlock
		}
		if !w.yield(struct{}{}) {
			return 0, net.ErrClosed
		}
	}
	n := copy(b, w.in)
	if w.in = w.in[n:]; len(w.in) == 0 {
		w.in = nil // so that what it was part of can go
	}
	return n, nil
}

// Write implements net.Conn.
func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out = append(w.out, b...)
	w.total += int64(len(b))
	return len(b), nil
}

// waiting is how much is to be written.
func (w *wire) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.out)
}

// lend gives the queue memory to grow in, if it is empty.
func (w *wire) lend(b []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.out) == 0 {
		w.out = b[:0]
	}
}

// front is what is to be written now. It stays as it is until wrote, since the
// token's holder is the only one who takes from the queue.
func (w *wire) front() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out
}

// end is where what is queued ends, counted from the connection's beginning.
func (w *wire) end() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total
}

// wrote takes n bytes off the queue and returns up to where, counted from the
// connection's beginning, everything is written. What is left moves to memory of
// its own, so that what was lent is free again.
func (w *wire) wrote(n int) (upTo int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := w.out[n:]
	w.out = nil
	if len(rest) > 0 {
		w.out = append(w.out, rest...)
	}
	return w.total - int64(len(rest))
}

// Close and the deadlines implement net.Conn. A connection's end and its time
// are the engine's.
func (w *wire) Close() error                     { return nil }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// LocalAddr implements net.Conn.
func (w *wire) LocalAddr() net.Addr { return &net.TCPAddr{} }

// RemoteAddr implements net.Conn.
func (w *wire) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(w.remote) }
