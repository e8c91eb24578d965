// SPDX-License-Identifier: Apache-2.0

package tlstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// CA is an authority.
type CA struct {
	t      testing.TB
	dir    string
	File   string // its certificate
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	serial int64
}

// Want says what a certificate is to be like.
type Want struct {
	DNS        []string
	XmppAddrs  []string
	SelfSigned bool          // by nobody else
	Over       bool          // expired an hour ago
	For        time.Duration // how long it is good; 0: a day
	ServerOnly bool          // not for a client
}

// Cert is a certificate and where its files are.
type Cert struct {
	CertFile, KeyFile string
	X509              *x509.Certificate
	Key               *ecdsa.PrivateKey
}

// NewCA makes an authority in dir, which is made if it is not there.
func NewCA(t testing.TB, dir, name string) *CA {
	t.Helper()
	ca := &CA{t: t, dir: dir, serial: 1}
	ca.must(os.MkdirAll(dir, 0o700))
	ca.key = ca.newKey()
	template := ca.template(name, &Want{})
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	template.ExtKeyUsage = nil
	ca.cert = ca.sign(template, template, &ca.key.PublicKey)
	ca.File = ca.write(name+".pem", "CERTIFICATE", ca.cert.Raw)
	return ca
}

// Issue makes NAME.pem and NAME.key.
func (ca *CA) Issue(name string, w Want) Cert {
	ca.t.Helper()
	key, parent := ca.newKey(), ca.cert
	template := ca.template(name, &w)
	signer := *ca
	if w.SelfSigned {
		parent, signer.key = template, key
	}
	c := Cert{X509: signer.sign(template, parent, &key.PublicKey), Key: key}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	ca.must(err)
	c.CertFile = ca.write(name+".pem", "CERTIFICATE", c.X509.Raw)
	c.KeyFile = ca.write(name+".key", "PRIVATE KEY", der)
	return c
}

// Revoke makes NAME.crl, a list of the certificates; over says that it was to be
// renewed an hour ago.
func (ca *CA) Revoke(name string, over bool, certs ...Cert) string {
	ca.t.Helper()
	list := &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now().Add(-2 * time.Hour), NextUpdate: time.Now().Add(time.Hour),
	}
	if over {
		list.NextUpdate = time.Now().Add(-time.Hour)
	}
	for _, c := range certs {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.X509.SerialNumber, RevocationTime: list.ThisUpdate})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, ca.cert, ca.key)
	ca.must(err)
	return ca.write(name+".crl", "X509 CRL", der)
}

func (ca *CA) template(name string, w *Want) *x509.Certificate {
	ca.serial++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(ca.serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    w.DNS,
	}
	if w.ServerOnly {
		c.ExtKeyUsage = c.ExtKeyUsage[:1]
	}
	if w.For != 0 {
		c.NotAfter = time.Now().Add(w.For)
	}
	if w.Over {
		c.NotAfter = time.Now().Add(-time.Hour)
	}
	if len(w.XmppAddrs) > 0 {
		c.DNSNames, c.ExtraExtensions = nil, []pkix.Extension{ca.names(w)}
	}
	return c
}

// names is a subject's alternative names with XMPP addresses among them, which
// x509 cannot write (RFC 6120 §13.7.1.4).
func (ca *CA) names(w *Want) pkix.Extension {
	marshal := func(v any, params string) []byte {
		der, err := asn1.MarshalWithParams(v, params)
		ca.must(err)
		return der
	}
	var all []byte
	for _, name := range w.DNS {
		all = append(all, marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2, Bytes: []byte(name)}, "")...)
	}
	for _, addr := range w.XmppAddrs {
		other := marshal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 8, 5}, "")
		other = append(other, marshal(addr, "explicit,tag:0,utf8")...)
		all = append(all, marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: other}, "")...)
	}
	value := marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: all}, "")
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: value}
}

func (ca *CA) sign(template, parent *x509.Certificate, key *ecdsa.PublicKey) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, ca.key)
	ca.must(err)
	c, err := x509.ParseCertificate(der)
	ca.must(err)
	return c
}

func (ca *CA) newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ca.must(err)
	return key
}

func (ca *CA) write(name, block string, der []byte) string {
	name = filepath.Join(ca.dir, name)
	ca.must(os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: block, Bytes: der}), 0o600))
	return name
}

func (ca *CA) must(err error) {
	if err != nil {
		ca.t.Helper()
		ca.t.Fatal(err)
	}
}
