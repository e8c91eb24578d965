// SPDX-License-Identifier: Apache-2.0

package tlsconf

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
)

// verifier judges client certificates, also those of resumed sessions: what was
// good when the session began may have expired or been revoked since.
type verifier struct {
	roots      *x509.CertPool // nil: the system's
	selfSigned bool           // those are good, too
	crls       []crl
}

// verify sets how client certificates are asked for and judged.
func (l *loader) verify(c *tls.Config, o *Options) {
	v := &verifier{selfSigned: o.Verify == VerifySelfSigned}
	v.roots = l.authorities(o.CACertFile)
	v.crls = l.crls(o.CRLFiles)
	switch {
	case o.Verify == VerifyNone:
		return
	case o.Lenient:
		// As in MongooseIM: one is asked for, and nobody looks at it.
		c.ClientAuth = tls.RequestClientCert
		return
	}
	c.ClientAuth = tls.RequireAnyClientCert
	if !v.selfSigned && v.roots != nil {
		c.ClientCAs = v.roots // tells clients which of theirs to send
	}
	c.VerifyConnection = v.connection
}

var errNoCertificate = errors.New("the client has no certificate")

// connection implements tls.Config.VerifyConnection.
func (v *verifier) connection(st tls.ConnectionState) error {
	if len(st.PeerCertificates) == 0 {
		return errNoCertificate
	}
	leaf, between := st.PeerCertificates[0], x509.NewCertPool()
	for _, c := range st.PeerCertificates[1:] {
		between.AddCert(c)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: v.roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown && v.selfSigned && signsItself(leaf) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the client's certificate: %w", err)
	}
	for _, chain := range chains {
		if err = v.revoked(chain); err == nil {
			return nil
		}
	}
	return err
}

// signsItself says whether a certificate is its own authority, and may be a
// client's.
func signsItself(c *x509.Certificate) bool {
	usable := len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 ||
		slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	// Not CheckSignatureFrom: that asks for the right to sign others, too.
	return usable && bytes.Equal(c.RawIssuer, c.RawSubject) &&
		c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// revoked says which certificate of a chain is on a list of its issuer's.
func (v *verifier) revoked(chain []*x509.Certificate) error {
	for i, c := range chain[:len(chain)-1] {
		for _, list := range v.crls {
			if list.revokes(c, chain[i+1]) {
				return fmt.Errorf("the certificate with serial number %s of %q is revoked", c.SerialNumber, c.Subject)
			}
		}
	}
	return nil
}
