// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"net"
	"os"
)

// tlsFlags are how connections are encrypted.
type tlsFlags struct {
	on            bool
	ca, cert, key string
}

func (f *tlsFlags) register(fs *flag.FlagSet) {
	fs.BoolVar(&f.on, "tls", false, "speak TLS from the first byte; without -tls-ca the server's certificate is not checked")
	fs.StringVar(&f.ca, "tls-ca", "", "`FILE` with the authority of the server's certificate")
	fs.StringVar(&f.cert, "tls-cert", "", "`FILE` with the components' certificate")
	fs.StringVar(&f.key, "tls-key", "", "`FILE` with its key")
}

// config is what the flags come to for a server at addr; nil without TLS.
func (f *tlsFlags) config(addr string) (*tls.Config, error) {
	switch {
	case !f.on && f.ca+f.cert+f.key != "":
		return nil, usagef("-tls-ca, -tls-cert and -tls-key need -tls")
	case (f.cert == "") != (f.key == ""):
		return nil, usagef("-tls-cert and -tls-key need each other")
	case !f.on:
		return nil, nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usagef("-addr: %v", err)
	}
	// Stanzas are sent many at a time: whole records from the first on.
	c := &tls.Config{ServerName: host, InsecureSkipVerify: f.ca == "", DynamicRecordSizingDisabled: true}
	if f.ca != "" {
		pem, err := os.ReadFile(f.ca)
		if err != nil {
			return nil, usageError{err}
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, usagef("%s holds no certificate", f.ca)
		}
	}
	if f.cert != "" {
		pair, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return nil, usageError{fmt.Errorf("-tls-cert and -tls-key: %w", err)}
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
