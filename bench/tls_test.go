// SPDX-License-Identifier: Apache-2.0

package bench_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"weir/bench"
	"weir/bench/benchtest"
)

// encrypted puts TLS in front of a server.
func encrypted(t *testing.T, o bench.Options) bench.Options {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"test.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	plain := o.Addr
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go relay(c, plain)
		}
	}()
	o.Addr = l.Addr().String()
	o.TLS = &tls.Config{ServerName: "test.example", RootCAs: x509.NewCertPool()}
	o.TLS.RootCAs.AddCert(cert)
	return o
}

func relay(c net.Conn, addr string) {
	defer c.Close()
	far, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer far.Close()
	go func() {
		_, _ = io.Copy(far, c)
		_ = far.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(c, far)
}

// The tool's TLS loses nothing, and sees what a plain connection would.
func TestOverTLS(t *testing.T) {
	for name, run := range scenarios {
		for _, size := range []int{250, 40_000} {
			o := encrypted(t, start(t, benchtest.None))
			o.Size, o.Duration = size, time.Second
			r, err := run(t.Context(), o, bench.Quiet{})
			if err != nil {
				t.Fatalf("%s, size %d: %v", name, size, err)
			}
			if r.Errors.Sum() != 0 || r.Delivered == 0 || !r.Params.TLS || !strings.HasPrefix(r.TLS, "TLS 1.3, TLS_") {
				t.Errorf("%s, size %d: %d delivered over %q, errors %v %q", name, size, r.Delivered, r.TLS, r.Errors, r.Notes)
			}
		}
	}
	r, err := bench.Connect(t.Context(), encrypted(t, start(t, benchtest.None)), 4, bench.Quiet{})
	if err != nil || r.Opened == 0 {
		t.Errorf("connect: %v, %+v", err, r)
	}
}

func TestServerThatNobodyVouchesFor(t *testing.T) {
	o := encrypted(t, start(t, benchtest.None))
	o.TLS.RootCAs = x509.NewCertPool()
	if _, err := bench.Forward(t.Context(), o, bench.Quiet{}); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("%v", err)
	}
}
