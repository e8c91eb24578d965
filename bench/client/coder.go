// SPDX-License-Identifier: Apache-2.0

package client

import (
	"crypto/tls"
	"fmt"
	"io"
	"iter"
	"net"
	"time"
)

// coder is the TLS of one connection: stock crypto/tls, fed with what was read,
// asked for what is to be written. It never waits; its handshake is a coroutine,
// since crypto/tls cannot go on with one that was interrupted.
type coder struct {
	net.Conn // none: what crypto/tls does not need

	tls   *tls.Conn
	in    []byte // came, and is not read yet
	out   []byte // to be written
	yield func(struct{}) bool
	next  func() (struct{}, bool)
	stop  func()
	err   error // of the handshake
}

func newCoder(config *tls.Config) *coder {
	k := new(coder)
	k.tls = tls.Client(k, config)
	k.next, k.stop = iter.Pull(func(yield func(struct{}) bool) {
		k.yield = yield
		defer func() { k.yield = nil }()
		k.err = k.tls.Handshake()
	})
	return k
}

// shake goes on with the handshake. done says that it is over.
func (k *coder) shake(came []byte) (done bool, err error) {
	k.in = append(k.in, came...)
	if _, more := k.next(); more {
		return false, nil
	}
	if k.err != nil {
		return true, fmt.Errorf("TLS: %w", k.err)
	}
	return true, nil
}

// agreed is the version and the cipher, once the handshake is over.
func (k *coder) agreed() string {
	s := k.tls.ConnectionState()
	return tls.VersionName(s.Version) + ", " + tls.CipherSuiteName(s.CipherSuite)
}

// open appends what is in came, and whatever came before and was not whole.
func (k *coder) open(dst, came []byte) ([]byte, error) {
	k.in = append(k.in, came...)
	for {
		if cap(dst)-len(dst) < 16<<10 {
			dst = append(dst, make([]byte, 64<<10)...)[:len(dst)]
		}
		n, err := k.tls.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case err == errLater:
			return dst, nil
		case err == io.EOF:
			return dst, errEOF
		case err != nil:
			return dst, fmt.Errorf("TLS: %w", err)
		}
	}
}

// seal encrypts b; what it returns is the caller's until the next call.
func (k *coder) seal(b []byte) []byte {
	if len(b) > 0 {
		_, _ = k.tls.Write(b) // only queues
	}
	return k.take()
}

// take is what is to be written.
func (k *coder) take() []byte {
	b := k.out
	k.out = k.out[:0]
	return b
}

// later is the temporary error after which crypto/tls goes on.
type later struct{}

func (later) Error() string   { return "nothing to read now" }
func (later) Timeout() bool   { return true }
func (later) Temporary() bool { return true }

var errLater net.Error = later{}

// Read implements net.Conn.
func (k *coder) Read(b []byte) (int, error) {
	for len(k.in) == 0 {
		if k.yield == nil {
			return 0, errLater
		}
		if !k.yield(struct{}{}) {
			return 0, net.ErrClosed
		}
	}
	n := copy(b, k.in)
	k.in = k.in[:copy(k.in, k.in[n:])]
	return n, nil
}

// Write implements net.Conn.
func (k *coder) Write(b []byte) (int, error) {
	k.out = append(k.out, b...)
	return len(b), nil
}

// Close and the deadline implement net.Conn.
func (k *coder) Close() error                     { return nil }
func (k *coder) SetWriteDeadline(time.Time) error { return nil }
