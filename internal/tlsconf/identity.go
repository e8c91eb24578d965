// SPDX-License-Identifier: Apache-2.0

package tlsconf

import (
	"crypto/x509"
	"encoding/asn1"

	"weir/internal/jid"
)

// Names are the domains that a certificate is for, in normal form: its DNS names
// and its XmppAddr names (RFC 6120 §13.7.1.2). One with a wildcard is none: who
// may be any name of a domain must list them.
func Names(c *x509.Certificate) []string {
	var names []string
	for _, raw := range append(c.DNSNames, xmppAddrs(c)...) {
		if p, ok := jid.Parse([]byte(raw)); !ok || len(p.Node) > 0 || len(p.Resource) > 0 {
			continue
		}
		if name, err := jid.NormalizeDomain(nil, []byte(raw)); err == nil {
			names = append(names, string(name))
		}
	}
	return names
}

var (
	oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidXmppAddr       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 8, 5}
)

// xmppAddrs are the other names of the subject that are XMPP addresses:
//
//	OtherName ::= [0] IMPLICIT SEQUENCE { type OBJECT IDENTIFIER, value [0] EXPLICIT ANY }
//
// A broken extension ends the list: x509 has parsed it before, and refused what
// cannot be a certificate's.
func xmppAddrs(c *x509.Certificate) (addrs []string) {
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidSubjectAltName) {
			continue
		}
		var all asn1.RawValue
		if _, err := asn1.Unmarshal(e.Value, &all); err != nil {
			return addrs
		}
		for rest := all.Bytes; len(rest) > 0; {
			var name asn1.RawValue
			var err error
			if rest, err = asn1.Unmarshal(rest, &name); err != nil {
				return addrs
			}
			if addr, ok := xmppAddr(name); ok {
				addrs = append(addrs, addr)
			}
		}
	}
	return addrs
}

func xmppAddr(name asn1.RawValue) (string, bool) {
	if name.Class != asn1.ClassContextSpecific || name.Tag != 0 {
		return "", false
	}
	var oid asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(name.Bytes, &oid)
	if err != nil || !oid.Equal(oidXmppAddr) {
		return "", false
	}
	var addr string
	_, err = asn1.UnmarshalWithParams(rest, &addr, "explicit,tag:0,utf8")
	return addr, err == nil
}
