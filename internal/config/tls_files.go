// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"os"
	"strings"

	"weir/internal/tlsconf"
)

// Certificate is one of [listen.component.tls] certificates.
type Certificate struct {
	CertFile, KeyFile string
	KeyPassword       Secret

	at           *block
	passwordText Secret
	passwordFile fromFile
}

func (c *Certificate) fields() []field {
	return []field{
		file("certfile", &c.CertFile),
		file("keyfile", &c.KeyFile),
		secret("password", &c.passwordText),
		secretFile("password_file", &c.passwordFile, true),
	}
}

// certificates is an array of tables, each with a certificate and its key.
func certificates(name string, p *[]Certificate) field {
	written := func(value func(field) string) string {
		var all []string
		for i := range *p {
			var pairs []string
			for _, f := range (*p)[i].fields() {
				if v := value(f); v != "" {
					pairs = append(pairs, f.name+" = "+v)
				}
			}
			all = append(all, "{"+strings.Join(pairs, ", ")+"}")
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	return field{
		name: name,
		read: func(c cell) {
			cells, ok := c.list()
			if !ok || len(cells) == 0 {
				c.fail("is %s, allowed: an array of tables, each {certfile = \"…\", keyfile = \"…\"}", emptyOr(c.v))
				return
			}
			for _, e := range cells {
				b, ok := e.block()
				if !ok {
					e.fail("is %s, allowed: {certfile = \"…\", keyfile = \"…\"}", kind(e.v))
					continue
				}
				cert := Certificate{at: b}
				fields := cert.fields()
				b.known(names(fields)...)
				b.read(fields)
				needPair(b, true)
				cert.KeyPassword = onePassword(b, cert.passwordText, cert.passwordFile)
				*p = append(*p, cert)
			}
		},
		show: func() string {
			if len(*p) == 0 {
				return ""
			}
			return written(func(f field) string { return f.show() })
		},
		raw: func() string { return written(field.reveal) },
	}
}

// load reads the files and tells what does not fit, each at its key.
func (s *TLS) load(b *block) {
	o := &tlsconf.Options{
		Verify: tlsconf.Verify(s.VerifyMode), Lenient: !s.DisconnectOnFailure, CACertFile: s.CACertFile, CRLFiles: s.CRLFiles,
		Ciphers: s.Ciphers, Versions: s.Versions, Tickets: s.SessionTickets,
	}
	var at []*block
	if s.CertFile != "" {
		o.Pairs, at = append(o.Pairs, tlsconf.Pair{CertFile: s.CertFile, KeyFile: s.KeyFile, Password: string(s.KeyPassword)}), append(at, b)
	}
	for i := range s.Certificates {
		c := &s.Certificates[i]
		o.Pairs, at = append(o.Pairs, tlsconf.Pair{CertFile: c.CertFile, KeyFile: c.KeyFile, Password: string(c.KeyPassword)}), append(at, c.at)
	}
	if s.KeepSecrets {
		if o.KeyLogFile = os.Getenv("SSLKEYLOGFILE"); o.KeyLogFile == "" {
			b.fail("keep_secrets", "is true, needed: SSLKEYLOGFILE in the environment, which says where")
		}
	}
	server, faults := tlsconf.Load(o)
	for _, f := range faults {
		place := b
		switch f.Key {
		case tlsconf.KeyCertFile, tlsconf.KeyKeyFile, tlsconf.KeyPassword:
			place = at[f.Pair]
		}
		if f.Key == tlsconf.KeyPassword && place.has("password_file") {
			f.Key = "password_file"
		}
		place.fail(f.Key, "%s", f.Text)
	}
	if server != nil {
		s.Server = server
		for _, w := range server.Warnings {
			b.src.notes = append(b.src.notes, fmt.Sprintf("%s: %s", b.path, w))
		}
	}
}
