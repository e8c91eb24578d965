// SPDX-License-Identifier: Apache-2.0

package stanza

import (
	"weir/internal/jid"
	"weir/xmlscan"
)

// Address is an address in normal form.
type Address struct {
	jid.Parts
	Text []byte
}

// Bare is the address without its resource.
func (a *Address) Bare() []byte {
	if a.Resource == nil {
		return a.Text
	}
	return a.Text[:len(a.Text)-len(a.Resource)-1]
}

// Normalise puts an address that has been judged valid into normal form. What it
// returns points into the value, or into mem if it had to be written anew.
func Normalise(mem *[]byte, v xmlscan.Value) Address {
	b := v.Raw()
	if !v.Plain() {
		*mem = v.Append((*mem)[:0])
		b = *mem
	}
	p, ok := jid.Parse(b)
	if ok && p.Normal {
		return Address{p, b}
	}
	normal, err := jid.Normalize(nil, b)
	if !ok || err != nil {
		panic("stanza: an address that was valid is not any more")
	}
	p, _ = jid.Parse(normal)
	return Address{p, normal}
}

// IsAddress says whether a value is an address in whatever form.
func IsAddress(v xmlscan.Value) bool {
	if !v.Present() {
		return false
	}
	b := v.Raw()
	if !v.Plain() {
		b = v.Append(nil)
	}
	p, ok := jid.Parse(b)
	if !ok || p.Normal {
		return ok
	}
	_, err := jid.Normalize(nil, b)
	return err == nil
}

// DomainOf is the domain of an address as it came; false if it is none.
func DomainOf(v xmlscan.Value) ([]byte, bool) {
	if !v.Present() {
		return nil, false
	}
	b := v.Raw()
	if !v.Plain() {
		b = v.Append(nil)
	}
	p, ok := jid.Parse(b)
	return p.Domain, ok
}

// DomainIs compares the domain of an address as it came with a normal name.
func DomainIs(v xmlscan.Value, name string) bool {
	domain, ok := DomainOf(v)
	if !ok {
		return false
	}
	if string(domain) == name {
		return true
	}
	normal, err := jid.NormalizeDomain(nil, domain)
	return err == nil && string(normal) == name
}
