// SPDX-License-Identifier: Apache-2.0

package jid

import "bytes"

// Limits in bytes, RFC 7622 §3.1.
const (
	partBytesMax = 1023
	jidBytesMax  = 3*partBytesMax + 2 // with the @ and the /
)

// Parts is an address cut into pieces. The slices point into what was parsed
// and are as they came, not normalised; a part that is not there is nil.
type Parts struct {
	Node, Domain, Resource []byte

	Plain  bool // Domain is already in normal form
	Normal bool // all parts are
}

// Parse cuts b at the first / and, before that, at the first @ (RFC 7622
// §3.2) and reports whether every part is valid. b is an attribute's decoded
// value. An ASCII address costs one pass and no allocation.
func Parse(b []byte) (Parts, bool) {
	p, err := parse(b)
	return p, err == nil
}

// parse is Parse with a reason. It fills in a local Parts, so that b does not
// count as kept and may lie on the caller's stack.
func parse(b []byte) (Parts, error) {
	if len(b) > jidBytesMax {
		return Parts{}, ErrTooLong
	}
	p := Parts{Normal: true}
	n, seen, pair := span(b)
	if n < len(b) && b[n] == '@' {
		p.Node = b[:n:n]
		if err := p.checkNode(seen); err != nil {
			return Parts{}, err
		}
		b = b[n+1:]
		n, seen, pair = span(b)
	}
	p.Domain = b[:n:n]
	if err := p.checkDomain(seen, pair); err != nil {
		return Parts{}, err
	}
	if n == len(b) {
		return p, nil
	}
	if b[n] == '@' { // a second one: no resource has begun yet
		return Parts{}, ErrDomain
	}
	p.Resource = b[n+1:]
	if err := p.checkResource(); err != nil {
		return Parts{}, err
	}
	return p, nil
}

func (p *Parts) checkNode(seen class) error {
	switch {
	case len(p.Node) == 0 || seen&badNode != 0:
		return ErrNode
	case len(p.Node) > partBytesMax:
		return ErrTooLong
	case seen&high != 0:
		return p.prepare(p.Node, appendNode)
	}
	if seen&upper != 0 {
		p.Normal = false
	}
	return nil
}

func (p *Parts) checkDomain(seen, pair class) error {
	d := p.Domain
	switch {
	case len(d) == 0:
		return ErrDomain
	case len(d) > partBytesMax:
		return ErrTooLong
	case seen&(badDomain|high) != 0 || pair&hyphen != 0:
		normal, err := NormalizeDomain(nil, d)
		p.Plain = bytes.Equal(normal, d)
		p.Normal = p.Normal && p.Plain
		return err
	case pair&dot != 0: // an empty label, or a dot in front
		return ErrDomain
	}
	p.Plain = seen&upper == 0 && d[len(d)-1] != '.'
	p.Normal = p.Normal && p.Plain
	return nil
}

func (p *Parts) checkResource() error {
	switch seen := seenIn(p.Resource); {
	case len(p.Resource) == 0 || seen&badResource != 0:
		return ErrResource
	case len(p.Resource) > partBytesMax:
		return ErrTooLong
	case seen&high != 0:
		return p.prepare(p.Resource, appendResource)
	}
	return nil
}

// prepare is the slow path of a node or a resource: it is valid if it can be
// normalised.
func (p *Parts) prepare(part []byte, prep func(dst, b []byte) ([]byte, error)) error {
	normal, err := prep(nil, bytes.Clone(part)) // see settle
	p.Normal = p.Normal && bytes.Equal(normal, part)
	return err
}
