// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"weir/engine/drivertest"
)

// versions are those of TLS that are spoken.
var versions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// serverName is what the test's certificate is for.
const serverName = "weir.test"

// certificate is one for serverName that signs itself.
var certificate = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: serverName}, DNSNames: []string{serverName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
})

func serverConfig(version uint16) *tls.Config {
	cert, _ := certificate()
	return &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: version, MaxVersion: version,
		DynamicRecordSizingDisabled: true, SessionTicketsDisabled: true,
	}
}

func clientConfig(version uint16) *tls.Config {
	_, pool := certificate()
	return &tls.Config{RootCAs: pool, ServerName: serverName, MinVersion: version, MaxVersion: version}
}

// secured is an engine and the handshakes of its connections.
type secured struct {
	*Engine
	sec Security

	mu      sync.Mutex
	refused []error
}

func newSecured(t testing.TB, open drivertest.Open, cfg Config, version uint16) *secured {
	t.Helper()
	pool := NewOffload(1, 1<<12)
	t.Cleanup(pool.Stop) // after the engine's
	s := &secured{Engine: newEngine(t, open, cfg)}
	s.sec = Security{Config: serverConfig(version), Timeout: time.Hour, Handshakes: NewHandshakes(pool)}
	s.sec.Refused = func(_ *Conn, err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.refused = append(s.refused, err)
	}
	return s
}

// why returns what connections were refused for.
func (s *secured) why() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]error(nil), s.refused...)
}

// connect is connect for a connection that is secured first. u.c is set when
// that is done.
func (s *secured) connect(t testing.TB, l *Loop, u *user) *user {
	t.Helper()
	fd, peer := tcpPair(t)
	u.peer, u.closed = peer, make(chan struct{})
	on(t, l, func() {
		l.Adopt(fd, func(c *Conn) Handler {
			return c.Secure(&s.sec, func() Handler {
				u.mu.Lock()
				defer u.mu.Unlock()
				return u.start(c)
			})
		})
	})
	return u
}

// conn waits until the connection is secured.
func (u *user) conn(t testing.TB) *Conn {
	t.Helper()
	eventually(t, "the handshake is made", func() bool {
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.c != nil
	})
	return u.c
}

// client speaks TLS to u's connection; the handshake is made.
func (u *user) client(t testing.TB, version uint16) *tls.Conn {
	t.Helper()
	c := tls.Client(u.peer, clientConfig(version))
	if err := c.Handshake(); err != nil {
		t.Fatalf("the client's handshake: %v", err)
	}
	u.conn(t)
	return c
}

// crumbs is a connection that sends and receives a byte at a time.
type crumbs struct{ net.Conn }

func (c crumbs) Read(b []byte) (int, error) { return c.Conn.Read(b[:min(len(b), 1)]) }

func (c crumbs) Write(b []byte) (int, error) {
	for i := range b {
		if _, err := c.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(b), nil
}

// isReset says whether an error is how a closed socket ends.
func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op)
}

// corked is a connection that keeps what is written after the first cork writes
// until flush.
type corked struct {
	net.Conn
	cork int
	kept []byte
}

func (c *corked) Write(b []byte) (int, error) {
	if c.cork > 0 {
		c.cork--
		return c.Conn.Write(b)
	}
	c.kept = append(c.kept, b...)
	return len(b), nil
}

func (c *corked) flush(t testing.TB) {
	t.Helper()
	if _, err := c.Conn.Write(c.kept); err != nil {
		t.Fatal(err)
	}
	c.kept = nil
}

// clientHello is a whole one.
func clientHello(t testing.TB) string {
	t.Helper()
	c := &corked{Conn: silent{}}
	_ = tls.Client(c, clientConfig(tls.VersionTLS13)).Handshake()
	return string(c.kept)
}

// silent is a connection on which nothing comes.
type silent struct{ net.Conn }

func (silent) Read([]byte) (int, error)         { return 0, net.ErrClosed }
func (silent) SetWriteDeadline(time.Time) error { return nil }
