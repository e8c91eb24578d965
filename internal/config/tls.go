// SPDX-License-Identifier: Apache-2.0

package config

import (
	"os"
	"slices"

	"weir/internal/tlsconf"
)

// The words for TLS.VerifyMode.
const (
	VerifyPeer       = "peer"
	VerifySelfSigned = "selfsigned_peer"
	VerifyNone       = "none"
)

// IdentityCertificate is a TLS.Identity.
const IdentityCertificate = "certificate"

// TLS is [listen.component.tls]: direct TLS from the first byte. Files are
// named so that they can be opened from where we run.
type TLS struct {
	VerifyMode          string // VerifyPeer, VerifySelfSigned, VerifyNone
	DisconnectOnFailure bool
	CertFile, KeyFile   string // empty: Certificates has the first one
	KeyPassword         Secret
	Certificates        []Certificate // further ones, by the name that clients ask for
	CACertFile          string        // empty: the system's
	Ciphers             string        // as OpenSSL names them, between colons; empty: Go's choice
	Versions            []string      // nil: Go's choice
	CRLFiles            []string
	SessionTickets      bool
	KeepSecrets         bool   // to SSLKEYLOGFILE
	Identity            string // IdentityCertificate: the certificate must be for the component's name

	// Server is what the files came to when they were read; nil in a
	// configuration that was not read for use.
	Server *tlsconf.Server

	mode         string
	passwordText Secret
	passwordFile fromFile
}

func defaultTLS() *TLS {
	return &TLS{VerifyMode: VerifyPeer, DisconnectOnFailure: true, mode: "tls"}
}

func (s *TLS) fields() []field {
	return []field{
		oneOf("mode", &s.mode, plain("tls")),
		oneOf("verify_mode", &s.VerifyMode, plain(VerifyPeer, VerifySelfSigned, VerifyNone)),
		boolean("disconnect_on_failure", &s.DisconnectOnFailure),
		file("certfile", &s.CertFile),
		file("keyfile", &s.KeyFile),
		secret("password", &s.passwordText),
		secretFile("password_file", &s.passwordFile, true),
		certificates("certificates", &s.Certificates),
		file("cacertfile", &s.CACertFile),
		text("ciphers", &s.Ciphers, "a string of cipher names with colons between"),
		list("versions", &s.Versions, "TLS versions", checkVersion),
		files("crl_files", &s.CRLFiles),
		sessionTickets("session_tickets", &s.SessionTickets),
		boolean("keep_secrets", &s.KeepSecrets),
		oneOf("identity", &s.Identity, plain(IdentityCertificate)),
	}
}

func readTLS(b *block) *TLS {
	if !b.src.support.TLS {
		b.unsupported("tls", "")
		return nil
	}
	tls, faults := b.sub("tls"), len(b.src.errs)
	s := defaultTLS()
	fields := s.fields()
	tls.known(append(names(fields), refusedTLS()...)...)
	refuseTLS(tls)
	tls.read(fields)
	needPair(tls, !tls.has("certificates"))
	s.KeyPassword = onePassword(tls, s.passwordText, s.passwordFile)
	if s.Identity != "" && (s.VerifyMode == VerifyNone || !s.DisconnectOnFailure) {
		tls.fail("identity", "is %s, needed: verify_mode %s or %s, and disconnect_on_failure true, else anybody's certificate would do",
			quote(s.Identity), quote(VerifyPeer), quote(VerifySelfSigned))
	}
	if b.src.support.TLSFiles && len(b.src.errs) == faults {
		s.load(tls)
	}
	return s
}

// needPair tells a certificate without its key and the other way round, and
// both if there must be one.
func needPair(b *block, must bool) {
	must = must || b.has("certfile") || b.has("keyfile")
	for _, key := range []string{"certfile", "keyfile"} {
		if must && b.lacks(key) {
			b.fail(key, "is missing, needed: certfile and keyfile both")
		}
	}
}

// onePassword is a key's password, from one of the two places it can stand in.
func onePassword(b *block, text Secret, file fromFile) Secret {
	if b.has("password") && b.has("password_file") {
		b.fail("password_file", "stands beside password, allowed: one of the two")
	}
	if len(file.secrets) > 0 {
		return file.secrets[0]
	}
	return text
}

// provesNames says that components need no password: their certificates, signed
// by an authority, are for their names.
func (s *TLS) provesNames() bool {
	return s != nil && s.Identity == IdentityCertificate && s.VerifyMode == VerifyPeer
}

// refusedTLS are options of MongooseIM without a safe counterpart in Go.
func refusedTLS() []string { return []string{"dhfile", "early_data"} }

func refuseTLS(b *block) {
	if b.has("dhfile") {
		b.fail("dhfile", "is refused: Go's TLS has no finite-field Diffie-Hellman; leave it out, elliptic curves are always used")
	}
	if b.has("early_data") && b.cell("early_data").v != false {
		b.fail("early_data", "is refused: early data can be replayed, and Go's TLS does not take it; leave it out")
	}
	if mode := b.cell("mode").v; mode == "starttls" || mode == "starttls_required" {
		b.fail("mode", "is %s, allowed: %s; XEP-0114 has no STARTTLS", show(mode), quote("tls"))
		delete(b.items, "mode")
	}
}

func checkVersion(s string) (string, error) {
	allowed := []string{"tlsv1.2", "tlsv1.3"}
	if !slices.Contains(allowed, s) {
		return "", notIn(allowed)
	}
	return s, nil
}

// sessionTickets is "stateless" or not there.
func sessionTickets(name string, p *bool) field {
	return field{
		name: name,
		read: func(c cell) {
			if *p = c.v == "stateless"; !*p {
				c.refuse(quote("stateless"))
			}
		},
		show: func() string {
			if !*p {
				return ""
			}
			return quote("stateless")
		},
	}
}

// file is the name of a file that can be opened.
func file(name string, p *string) field {
	f := text(name, p, "the name of a file")
	read := f.read
	f.read = func(c cell) {
		if read(c); c.v != *p || *p == "" {
			return
		}
		*p = c.src.resolve(*p)
		if err := readable(*p); err != nil {
			c.fail("is %s: %v", c.src.named(c.v.(string)), err)
		}
	}
	return f
}

func files(name string, p *[]string) field {
	f := list(name, p, "names of files", func(s string) (string, error) { return s, nil })
	read := f.read
	f.read = func(c cell) {
		read(c)
		for i, s := range *p {
			(*p)[i] = c.src.resolve(s)
			if err := readable((*p)[i]); err != nil {
				cell{c.src, c.path.index(i), s}.fail("holds %s: %v", c.src.named(s), err)
			}
		}
	}
	return f
}

func readable(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return bareError(err)
	}
	return f.Close()
}
