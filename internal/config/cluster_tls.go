// SPDX-License-Identifier: Apache-2.0

package config

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
)

// ClusterTLS is how nodes know each other, or the NATS servers.
type ClusterTLS struct {
	CertFile, KeyFile, CAFile string
	// Config asks for a certificate of the authority and shows our own; nil: plain.
	Config *tls.Config
}

// read reads the files and says what is wrong with them.
func (t *ClusterTLS) read(b *block, routes bool) {
	if t.CertFile == "" && t.KeyFile == "" && t.CAFile == "" {
		if !routes {
			return
		}
		for _, key := range []string{"listen", "peers"} {
			if b.has(key) && beyondLoopback(b.items[key]) {
				b.fail(key, "leads beyond this machine, needed then: certfile, keyfile and cacertfile")
			}
		}
		return
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		b.fail("certfile", "and keyfile stand together, or neither does")
		return
	}
	if routes && (t.CertFile == "" || t.CAFile == "") {
		b.fail("cacertfile", "is missing, or certfile; nodes show each other certificates of one authority")
		return
	}
	if !b.src.support.TLSFiles {
		return
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			b.fail("certfile", "and keyfile cannot be used: %v", bareError(err))
			return
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			b.fail("cacertfile", "cannot be read: %v", bareError(err))
			return
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			b.fail("cacertfile", "holds no certificate")
			return
		}
		c.ClientCAs = c.RootCAs
	}
	t.Config = c
}

// beyondLoopback says whether any of an address or a list of them is not this
// machine's own.
func beyondLoopback(v any) bool {
	switch v := v.(type) {
	case string:
		host, _, err := net.SplitHostPort(v)
		ip := net.ParseIP(host)
		return err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback())
	case []any:
		for _, e := range v {
			if beyondLoopback(e) {
				return true
			}
		}
	}
	return false
}
