// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"crypto/tls"
	"time"

	"weir/engine/driver"
)

// Security says how connections are to be secured. It is not changed while one
// of them negotiates.
type Security struct {
	// Config is a server's or a client's. Its DynamicRecordSizingDisabled should
	// be set: what is written here is coalesced already.
	Config *tls.Config
	// Client has our side speak first.
	Client bool
	// Timeout is what the negotiation may take, from Secure to its end.
	Timeout time.Duration
	// Handshakes is where it is computed.
	Handshakes *Handshakes
	// Refused is told, on the connection's loop, why a connection was not
	// secured; the connection is being closed. May be nil.
	Refused func(*Conn, error)
}

// layer is what a secured connection has beyond a plain one: stock crypto/tls
// between the driver's bytes and the handler's, with no goroutine of its own.
// While it negotiates it belongs to the loop and to a runner in turns; after
// that, reading is the owner's and writing the token's holder's.
type layer struct {
	tls   *tls.Conn
	c     *Conn
	ready bool // negotiated: Data is decrypted, the outbox holds plain units
	ended bool // the peer has said that it will send no more, or broke the protocol
	said  bool // so have we
	wire  wire

	// The outbox keeps what is encrypted until its last record is written.
	due   int    // bytes at the front of the outbox that are encrypted already
	dueAt int64  // where their ciphertext ends
	call  func() // flushPosted, made once
	asked bool   // another loop has asked the owner to flush; guarded by the outbox's lock
}

// tlsScratch is memory that the secured connections of a loop take turns with,
// so that an idle one needs none of it.
type tlsScratch struct {
	plain  []byte   // decrypted, on its way to a handler
	parts  [][]byte // what the next record is to hold, in outboxes' chunks
	block  []byte   // the same in one piece, where it was in several
	cipher []byte   // encrypted, on its way to the socket
	raw    []byte   // lent to crypto/tls for records under way
}

const (
	recordBytes = 16 << 10            // the most plaintext of one record (RFC 8446 §5.1)
	rawBytes    = 80 << 10            // a read, and the part of a record before it; less, and it would grow
	plainBytes  = driver.ReadBytes    // as much as a plain read brings
	cipherBytes = recordBytes + 1<<10 // one record with what goes around it
	controlMax  = 16 << 10            // bytes of answers (key updates) that may wait for a peer
	tlsRounds   = flushRounds * 4     // records that a flush writes before others have their turn
)

// Secure makes the handler of a connection that is encrypted from its next byte
// on. When the peer has proved what the configuration asks for, next makes the
// handler that follows, which sees plain bytes only.
func (c *Conn) Secure(s *Security, next func() Handler) Handler {
	t := &layer{c: c}
	t.wire.remote = c.RemoteAddr()
	t.call = c.flushPosted
	t.tls = tls.Server(&t.wire, s.Config)
	if s.Client {
		t.tls = tls.Client(&t.wire, s.Config)
	}
	c.tls = t
	return begin(t, s, next)
}

// TLS is the state of a secured connection; nil for a plain one, and while it
// negotiates. It is the owner's.
func (c *Conn) TLS() *tls.ConnectionState {
	if c.tls == nil || !c.tls.ready {
		return nil
	}
	st := c.tls.tls.ConnectionState()
	return &st
}

// scratch is the loop's memory for secured connections.
func (l *Loop) scratch() *tlsScratch {
	if l.tls == nil {
		l.tls = &tlsScratch{
			plain:  make([]byte, plainBytes),
			block:  make([]byte, recordBytes),
			cipher: make([]byte, 0, cipherBytes),
		}
	}
	return l.tls
}

// pending says whether ciphertext waits to be written.
func (c *Conn) pending() bool { return c.tls != nil && c.tls.wire.waiting() > 0 }

// begun is how many bytes at the front of the outbox are encrypted, so that they
// must go out here or be lost with the connection.
func (c *Conn) begunBytes() int {
	if c.tls == nil {
		return 0
	}
	return c.tls.due
}
