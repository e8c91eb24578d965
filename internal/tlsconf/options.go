// SPDX-License-Identifier: Apache-2.0

package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"time"
)

// Verify says which client certificates are good.
type Verify string

// The values of Verify, in MongooseIM's words.
const (
	VerifyPeer       Verify = "peer"            // signed by somebody we trust
	VerifySelfSigned Verify = "selfsigned_peer" // that, or by itself
	VerifyNone       Verify = "none"            // none is asked for
)

// Options are what a listener's TLS is to be like.
type Options struct {
	Pairs  []Pair // the first is for clients that ask for no name, or for none we have
	Verify Verify
	// Lenient takes a client without a certificate, or with a bad one, as if
	// none were asked for (disconnect_on_failure = false).
	Lenient    bool
	CACertFile string   // whom we trust; empty: whom the system trusts
	CRLFiles   []string // certificates that are not good any more
	Ciphers    string   // OpenSSL's names with colons between; empty: Go's choice
	Versions   []string // "tlsv1.2", "tlsv1.3"; nil: both
	Tickets    bool     // sessions can be resumed
	KeyLogFile string   // where the secrets of connections are written; empty: nowhere
}

// ClientOptions are what a connection that we open is to be like.
type ClientOptions struct {
	ServerName string // whom the server's certificate must be for
	Pair       *Pair  // ours, if the server asks for one; nil: none
	CACertFile string
	Ciphers    string
	Versions   []string
}

// The keys of the options, for Fault.
const (
	KeyCertFile   = "certfile"
	KeyKeyFile    = "keyfile"
	KeyPassword   = "password"
	KeyCACertFile = "cacertfile"
	KeyCRLFiles   = "crl_files"
	KeyCiphers    = "ciphers"
	KeyVersions   = "versions"
)

// Fault is something wrong with an option. Its text holds no secret.
type Fault struct {
	Key  string // one of the above
	Pair int    // which of Pairs it is about, for a certificate's keys
	Text string // what it is, and what is allowed
}

func (f Fault) Error() string { return f.Key + " " + f.Text }

// Server is a listener's TLS.
type Server struct {
	Config   *tls.Config
	Expiries []Expiry // of our certificates, in order
	Warnings []string // what is allowed and probably not meant
}

// Expiry is until when a certificate of ours is good.
type Expiry struct {
	File string
	At   time.Time
}

// Days is how many whole days a certificate is good for still; less than 0 when
// it is over.
func (e Expiry) Days(now time.Time) int {
	d := e.At.Sub(now)
	if d < 0 {
		return -1 - int(-d/(24*time.Hour))
	}
	return int(d / (24 * time.Hour))
}

// loader gathers what is wrong.
type loader struct {
	faults   []Fault
	warnings []string
}

func (l *loader) fail(key, format string, args ...any) {
	l.faults = append(l.faults, Fault{Key: key, Text: fmt.Sprintf(format, args...)})
}

func (l *loader) warn(format string, args ...any) {
	l.warnings = append(l.warnings, fmt.Sprintf(format, args...))
}

// Load reads the files that o names. It returns a Server or everything that is
// wrong.
func Load(o *Options) (*Server, []Fault) {
	l := new(loader)
	s := &Server{Config: &tls.Config{
		SessionTicketsDisabled:      !o.Tickets,
		DynamicRecordSizingDisabled: true,
	}}
	s.Config.Certificates = l.pairs(o.Pairs)
	l.suites(s.Config, o.Ciphers, o.Versions)
	l.fitting(s.Config)
	l.verify(s.Config, o)
	if o.KeyLogFile != "" {
		s.Config.KeyLogWriter = keyLog(o.KeyLogFile)
		l.warn("the secrets of TLS connections are written to %s: who can read it can read them", o.KeyLogFile)
	}
	if len(l.faults) > 0 {
		return nil, l.faults
	}
	for i, c := range s.Config.Certificates {
		e := Expiry{o.Pairs[i].CertFile, c.Leaf.NotAfter}
		s.Expiries = append(s.Expiries, e)
		if time.Now().After(e.At) {
			l.warn("the certificate in %s expired at %s", e.File, e.At.Format(time.RFC3339))
		}
	}
	s.Warnings = l.warnings
	return s, nil
}

// LoadClient is Load for the other side.
func LoadClient(o *ClientOptions) (*tls.Config, []Fault) {
	l := new(loader)
	c := &tls.Config{ServerName: o.ServerName, DynamicRecordSizingDisabled: true}
	if o.Pair != nil {
		c.Certificates = l.pairs([]Pair{*o.Pair})
	}
	c.RootCAs = l.authorities(o.CACertFile)
	l.suites(c, o.Ciphers, o.Versions)
	if len(l.faults) > 0 {
		return nil, l.faults
	}
	return c, nil
}

// authorities are the certificates of a file; nil, which is the system's, for
// none.
func (l *loader) authorities(name string) *x509.CertPool {
	if name == "" {
		return nil
	}
	pem, err := os.ReadFile(name)
	pool := x509.NewCertPool()
	switch {
	case err != nil:
		l.fail(KeyCACertFile, "is %q: %v", name, bare(err))
	case !pool.AppendCertsFromPEM(pem):
		l.fail(KeyCACertFile, "is %q, which holds no certificate, needed: at least one in PEM", name)
	}
	return pool
}

// versions are what the words stand for. They are checked by who reads them.
func versionRange(words []string) (low, high uint16) {
	low, high = tls.VersionTLS12, tls.VersionTLS13
	if len(words) > 0 && !slices.Contains(words, "tlsv1.2") {
		low = tls.VersionTLS13
	}
	if len(words) > 0 && !slices.Contains(words, "tlsv1.3") {
		high = tls.VersionTLS12
	}
	return low, high
}
