// SPDX-License-Identifier: Apache-2.0

package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/youmark/pkcs8"
)

// Pair is a certificate, with those that lead from it to an authority, and its
// key. Files are PEM.
type Pair struct {
	CertFile, KeyFile string
	Password          string // of an encrypted key
}

func (l *loader) pairs(pairs []Pair) []tls.Certificate {
	var all []tls.Certificate
	for i := range pairs {
		c, key, text := pairs[i].load()
		if key != "" {
			l.faults = append(l.faults, Fault{key, i, text})
			continue
		}
		all = append(all, c)
	}
	return all
}

// load reads one. It returns the key of the option at fault, empty for none,
// and what is wrong with it.
func (p *Pair) load() (c tls.Certificate, key, fault string) {
	chain, err := os.ReadFile(p.CertFile)
	if err != nil {
		return c, KeyCertFile, quoted(p.CertFile, ": "+bare(err).Error())
	}
	if block := first(chain, func(t string) bool { return t == "CERTIFICATE" }); block == nil {
		return c, KeyCertFile, quoted(p.CertFile, ", which holds no certificate, needed: one in PEM")
	} else if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return c, KeyCertFile, quoted(p.CertFile, ": "+err.Error())
	}
	text, err := os.ReadFile(p.KeyFile)
	if err != nil {
		return c, KeyKeyFile, quoted(p.KeyFile, ": "+bare(err).Error())
	}
	der, err := decrypt(text, p.Password)
	switch {
	case errors.Is(err, errPassword) && p.Password == "":
		return c, KeyKeyFile, quoted(p.KeyFile, ", which is encrypted, needed: password or password_file")
	case errors.Is(err, errPassword):
		return c, KeyPassword, "does not open " + p.KeyFile
	case err != nil:
		return c, KeyKeyFile, quoted(p.KeyFile, ": "+err.Error())
	}
	c, err = tls.X509KeyPair(chain, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		return c, KeyKeyFile, quoted(p.KeyFile, ": "+strings.TrimPrefix(err.Error(), "tls: "))
	}
	return c, "", ""
}

func quoted(name, rest string) string { return `is "` + name + `"` + rest }

// bare leaves out the operation and the name, which are said already.
func bare(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

var (
	errPassword = errors.New("the password is missing or wrong")
	errNoKey    = errors.New("the file holds no private key, needed: one in PEM")
)

// first is the first block of a type that is wanted; nil without one.
func first(text []byte, wanted func(blockType string) bool) *pem.Block {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil || wanted(block.Type) {
			return block
		}
	}
}

// decrypt is the private key of a PEM file: a PKCS#8 one as it is, or encrypted
// (RFC 5208, RFC 8018), or one of the older forms, these perhaps with the
// encryption of RFC 1421.
func decrypt(text []byte, password string) (der []byte, err error) {
	block := first(text, func(t string) bool { return t == "PRIVATE KEY" || strings.HasSuffix(t, " PRIVATE KEY") })
	if block == nil {
		return nil, errNoKey
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" {
		if password == "" {
			return nil, errPassword
		}
		key, err := pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(password))
		if err != nil {
			return nil, refused(err)
		}
		return x509.MarshalPKCS8PrivateKey(key)
	}
	der = block.Bytes
	// The old encryption is weak, since it has no check of its own; who has such
	// a key has it on the same disk as the password.
	if x509.IsEncryptedPEMBlock(block) { //nolint:staticcheck // read only
		if der, err = x509.DecryptPEMBlock(block, []byte(password)); err != nil { //nolint:staticcheck // read only
			return nil, errPassword
		}
	}
	der, err = asPKCS8(der)
	if err != nil && x509.IsEncryptedPEMBlock(block) { //nolint:staticcheck // a wrong password can look right
		return nil, errPassword
	}
	return der, err
}

// refused tells a wrong password from a way to encrypt that is not known.
func refused(err error) error {
	if text := err.Error(); strings.Contains(text, "unsupported") || strings.Contains(text, "only ") {
		return errors.New("the key is encrypted in a way that is not supported, allowed: PBES2 with AES or 3DES")
	}
	return errPassword
}

// asPKCS8 rewrites the older forms of a key.
func asPKCS8(der []byte) ([]byte, error) {
	if _, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return der, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return x509.MarshalPKCS8PrivateKey(key)
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return x509.MarshalPKCS8PrivateKey(key)
	}
	return nil, errors.New("the private key is not one of RSA, ECDSA or Ed25519")
}
