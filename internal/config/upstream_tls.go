// SPDX-License-Identifier: Apache-2.0

package config

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net"
	"strings"

	"weir/internal/tlsconf"
)

// UpstreamTLS is [upstream.tls]: connections to the server are encrypted from
// the first byte. Files are named so that they can be opened from where we run.
type UpstreamTLS struct {
	CACertFile        string // who may have signed the server's certificate; empty: whom the system trusts
	ServerName        string // whom it must be for; empty: the host of the address
	CertFile, KeyFile string // ours; empty: none
	KeyPassword       Secret
	Ciphers           string
	Versions          []string

	// Client is what the files came to when they were read; nil in a
	// configuration that was not read for use.
	Client *tls.Config

	passwordText Secret
	passwordFile fromFile
}

func (s *UpstreamTLS) fields() []field {
	return []field{
		file("cacertfile", &s.CACertFile),
		text("server_name", &s.ServerName, "a host name or an IP address"),
		file("certfile", &s.CertFile),
		file("keyfile", &s.KeyFile),
		secret("password", &s.passwordText),
		secretFile("password_file", &s.passwordFile, true),
		text("ciphers", &s.Ciphers, "a string of cipher names with colons between"),
		list("versions", &s.Versions, "TLS versions", checkVersion),
	}
}

// readUpstreamTLS reads the table below b, a server at an address.
func readUpstreamTLS(b *block, address string) *UpstreamTLS {
	at, faults := b.sub("tls"), len(b.src.errs)
	s := new(UpstreamTLS)
	fields := s.fields()
	at.known(names(fields)...)
	at.read(fields)
	needPair(at, false)
	s.KeyPassword = onePassword(at, s.passwordText, s.passwordFile)
	if s.ServerName == "" && strings.HasPrefix(address, unixPrefix) {
		at.fail("server_name", "is missing, needed: the address has no host whom the server's certificate could be for")
	}
	if b.src.support.TLSFiles && len(b.src.errs) == faults {
		s.load(at, address)
	}
	return s
}

// load reads the files and tells what does not fit, each at its key.
func (s *UpstreamTLS) load(b *block, address string) {
	o := &tlsconf.ClientOptions{ServerName: s.ServerName, CACertFile: s.CACertFile, Ciphers: s.Ciphers, Versions: s.Versions}
	if o.ServerName == "" {
		o.ServerName, _, _ = net.SplitHostPort(address) // what is no address is told
	}
	if s.CertFile != "" {
		o.Pair = &tlsconf.Pair{CertFile: s.CertFile, KeyFile: s.KeyFile, Password: string(s.KeyPassword)}
	}
	client, faults := tlsconf.LoadClient(o)
	for _, f := range faults {
		if f.Key == tlsconf.KeyPassword && b.has("password_file") {
			f.Key = "password_file"
		}
		b.fail(f.Key, "%s", f.Text)
	}
	s.Client = client
}

// Digest tells apart settings by which connections are secured differently. It
// does not tell files apart that have changed: the next connection uses them.
func (s *UpstreamTLS) Digest() [sha256.Size]byte {
	h := sha256.New()
	for _, f := range s.fields() {
		fmt.Fprintf(h, "%s %q\n", f.name, f.reveal())
	}
	return [sha256.Size]byte(h.Sum(nil))
}
