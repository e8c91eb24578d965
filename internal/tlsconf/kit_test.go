// SPDX-License-Identifier: Apache-2.0

package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"weir/internal/tlsconf/tlstest"
)

const domain = "weir.example"

// set is an authority and a server's certificate.
type set struct {
	*tlstest.CA
	dir    string
	server tlstest.Cert
}

func newSet(t *testing.T) *set {
	dir := t.TempDir()
	ca := tlstest.NewCA(t, dir, "ca")
	return &set{ca, dir, ca.Issue("server", tlstest.Want{DNS: []string{domain}})}
}

// options are for a server with s's certificate, that trusts its authority.
func (s *set) options(more func(*Options)) *Options {
	o := &Options{Pairs: []Pair{pair(s.server)}, Verify: VerifyPeer, CACertFile: s.File}
	if more != nil {
		more(o)
	}
	return o
}

func pair(c tlstest.Cert) Pair { return Pair{CertFile: c.CertFile, KeyFile: c.KeyFile} }

func load(t *testing.T, o *Options) *Server {
	t.Helper()
	s, faults := Load(o)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return s
}

// client is the configuration of a client that trusts s and has the
// certificates.
func (s *set) client(t *testing.T, certs ...tlstest.Cert) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(s.File)
	if err != nil {
		t.Fatal(err)
	}
	c := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: domain}
	c.RootCAs.AppendCertsFromPEM(pem)
	for _, cert := range certs {
		one := tls.Certificate{Certificate: [][]byte{cert.X509.Raw}, PrivateKey: cert.Key}
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &one, nil }
	}
	return c
}

// shake has a server and a client meet. It returns what the server says to it,
// and the state on the client's side.
func shake(t *testing.T, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	a, b := sockets(t)
	defer a.Close()
	defer b.Close()
	done := make(chan error, 1)
	go func() {
		c := tls.Server(a, server)
		err := c.Handshake()
		if err == nil {
			_, err = c.Write([]byte("!"))
		}
		a.Close()
		done <- err
	}()
	c := tls.Client(b, client)
	if err := c.Handshake(); err == nil {
		_, _ = c.Read(make([]byte, 1)) // in TLS 1.3 a refusal comes after the handshake
	}
	st := c.ConnectionState()
	b.Close()
	return st, <-done
}

// sockets is a connection; unlike a pipe's, its ends may speak at once.
func sockets(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if b, err = net.Dial("tcp", l.Addr().String()); err == nil {
		a, err = l.Accept()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{a, b} {
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	}
	return a, b
}

// refuses checks that a server does not take a client, for a reason.
func refuses(t *testing.T, server, client *tls.Config, why string) {
	t.Helper()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client.MaxVersion = version
		if _, err := shake(t, server, client); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: the server says %v, want %q", tls.VersionName(version), err, why)
		}
	}
}

func takes(t *testing.T, server, client *tls.Config) {
	t.Helper()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client.MaxVersion = version
		if _, err := shake(t, server, client); err != nil {
			t.Errorf("%s: the server says %v", tls.VersionName(version), err)
		}
	}
}
