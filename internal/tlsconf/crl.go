// SPDX-License-Identifier: Apache-2.0

package tlsconf

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"
)

// crl is a list of certificates that their issuer has revoked (RFC 5280 §5).
type crl struct {
	list    *x509.RevocationList
	serials map[string]bool // as big-endian bytes
}

// crls reads the lists of all files: PEM, any number in one, or a single one in
// DER.
func (l *loader) crls(files []string) []crl {
	var all []crl
	for _, name := range files {
		lists, err := readCRLs(name)
		if err != nil {
			l.fail(KeyCRLFiles, "holds %q: %v", name, err)
			continue
		}
		for _, list := range lists {
			if due := list.list.NextUpdate; !due.IsZero() && time.Now().After(due) {
				l.warn("the revocation list in %s was to be renewed by %s; it is used as it is", name, due.Format(time.RFC3339))
			}
		}
		all = append(all, lists...)
	}
	return all
}

func readCRLs(name string) ([]crl, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, bare(err)
	}
	var all []crl
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := parseCRL(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, list)
	}
	if len(all) > 0 {
		return all, nil
	}
	list, err := parseCRL(text)
	if err != nil {
		return nil, errors.New("the file holds no revocation list, needed: PEM or DER")
	}
	return []crl{list}, nil
}

func parseCRL(der []byte) (crl, error) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return crl{}, fmt.Errorf("a revocation list cannot be read: %w", err)
	}
	for _, e := range list.Extensions {
		if e.Critical {
			// A delta, or a list for a part of the certificates: taken for a whole
			// one it would say wrong things (RFC 5280 §5.2).
			return crl{}, fmt.Errorf("a revocation list has the critical extension %s, allowed: whole lists without", asn1.ObjectIdentifier(e.Id))
		}
	}
	c := crl{list: list, serials: make(map[string]bool, len(list.RevokedCertificateEntries))}
	for _, e := range list.RevokedCertificateEntries {
		c.serials[string(e.SerialNumber.Bytes())] = true
	}
	return c, nil
}

// revokes says whether issuer has revoked c by this list. A list past its time
// still revokes what it names.
func (l *crl) revokes(c, issuer *x509.Certificate) bool {
	return l.serials[string(c.SerialNumber.Bytes())] &&
		bytes.Equal(l.list.RawIssuer, issuer.RawSubject) && l.list.CheckSignatureFrom(issuer) == nil
}
