// SPDX-License-Identifier: Apache-2.0

package jid

// Normalize appends the normal form of the address b to dst, or returns nil
// and an error. It is idempotent, and addresses that RFC 7622 calls equal
// have the same normal form.
func Normalize(dst, b []byte) ([]byte, error) {
	p, err := parse(b)
	if err != nil {
		return nil, err
	}
	if p.Normal {
		return append(dst, b...), nil
	}
	if dst, err = p.appendBare(dst); err != nil || p.Resource == nil {
		return dst, err
	}
	return appendResource(append(dst, '/'), p.Resource)
}

// Bare appends the normal form of b without its resource to dst, or returns
// nil and an error. The resource must be valid all the same.
func Bare(dst, b []byte) ([]byte, error) {
	p, err := parse(b)
	if err != nil {
		return nil, err
	}
	return p.appendBare(dst)
}

func (p *Parts) appendBare(dst []byte) (_ []byte, err error) {
	if p.Node != nil {
		if dst, err = appendNode(dst, p.Node); err != nil {
			return nil, err
		}
		dst = append(dst, '@')
	}
	return NormalizeDomain(dst, p.Domain)
}
