// SPDX-License-Identifier: Apache-2.0

package jid

import (
	"bytes"
	"net/netip"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// unicodeDomain maps case, width and composition and turns A-labels into
// U-labels, the form RFC 7622 §3.2 compares. Hyphens and underscores are not
// restricted: names like chat_service are in use and do no harm. Length is
// checked here in bytes of the whole name, as RFC 7622 wants it, not in DNS
// labels.
var unicodeDomain = idna.New(
	idna.MapForLookup(),
	idna.BidiRule(),
	idna.StrictDomainName(false),
	idna.CheckHyphens(false),
)

// NormalizeDomain appends the normal form of the domain b to dst: lower case,
// U-labels, no trailing dot, IP literals in their shortest form. It returns
// nil and an error if b is not a domain; a whole address is not one.
// For ASCII names it allocates only what dst lacks.
func NormalizeDomain(dst, b []byte) ([]byte, error) {
	if len(b) > partBytesMax {
		return nil, ErrTooLong
	}
	if len(b) > 0 && b[0] == '[' {
		return appendLiteral(dst, b)
	}
	n, seen, pair := span(b)
	if n < len(b) || n == 0 || seen&badDomain != 0 {
		return nil, ErrDomain
	}
	if seen&high != 0 || pair&hyphen != 0 {
		return settle(dst, b, domainRound)
	}
	if pair&dot != 0 {
		return nil, ErrDomain
	}
	return appendLower(dst, bytes.TrimSuffix(b, []byte("."))), nil
}

// domainRound is one round over a name that is not plain ASCII or may
// hold A-labels.
func domainRound(b []byte) ([]byte, error) {
	if !utf8.Valid(b) {
		return nil, ErrDomain
	}
	s, err := unicodeDomain.ToUnicode(string(b))
	if err != nil {
		return nil, ErrDomain
	}
	// Mapping makes ASCII out of other characters (a full-width solidus, an
	// ideographic full stop), so what came out is judged like what came in.
	m := bytes.TrimSuffix([]byte(s), []byte("."))
	n, seen, pair := span(m)
	if n < len(m) || n == 0 || seen&badDomain != 0 || pair&dot != 0 || m[n-1] == '.' {
		return nil, ErrDomain
	}
	return m, nil
}

// appendLiteral normalises "[" IPv6 "]". A zone means nothing to others and
// is refused, so is an IPv4 address in brackets.
func appendLiteral(dst, b []byte) ([]byte, error) {
	if b[len(b)-1] != ']' {
		return nil, ErrDomain
	}
	addr, err := netip.ParseAddr(string(b[1 : len(b)-1]))
	if err != nil || !addr.Is6() || addr.Zone() != "" {
		return nil, ErrDomain
	}
	return append(addr.AppendTo(append(dst, '[')), ']'), nil
}

func appendLower(dst, b []byte) []byte {
	for _, c := range b {
		if classes[c]&upper != 0 {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
