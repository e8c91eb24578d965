// SPDX-License-Identifier: Apache-2.0

package xmlscan

// refState is what is known of a reference so far. Leading zeros may be many, so the number is kept, not the digits.
type refState struct {
	kind refKind
	n    int    // bytes behind '&' of a named one
	num  uint32 // the number, held at tooBig once it passes U+10FFFF
}

type refKind uint8

const (
	refStart refKind = iota // behind '&'
	refHash                 // behind "&#"
	refDec
	refHex
	refName
)

const tooBig = 0x110000

// The five entities that XML predefines, and nothing else (RFC 6120 §11.1).
var entities = [...]struct {
	name string
	char byte
}{{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"apos", '\''}, {"quot", '"'}}

// startRef begins a reference whose '&' is at the walker's position or just before it.
func (w *work) startRef(back state) {
	w.ref = refState{}
	w.back = back
	w.state = inRef
}

// reference walks a reference to its ';'.
func (w *work) reference() status {
	for ; w.p < w.end; w.p++ {
		w.sc.count++
		c := w.v.at(w.p)
		var ok bool
		switch w.ref.kind {
		case refStart, refHash:
			ok = w.ref.begin(c)
		case refName:
			if c == ';' {
				return w.endOfEntity()
			}
			// A name beyond 0x7F is no predefined one; its characters are judged like any other's.
			if w.ref.n++; w.ref.n > w.lim.NameBytes {
				return w.failAt(w.p, PolicyViolation, "entity name too long")
			}
			ok = isNameByte(c) || c == ':' || c >= 0x80
		default:
			if c == ';' {
				return w.endOfNumber()
			}
			ok = w.ref.digit(c)
		}
		if !ok {
			return w.failAt(w.p, NotWellFormed, "malformed reference")
		}
	}
	return more
}

// begin takes the bytes that say what kind of reference it is.
func (r *refState) begin(c byte) bool {
	switch {
	case r.kind == refStart && c == '#':
		r.kind = refHash
	case r.kind == refHash && c == 'x':
		r.kind = refHex
	case r.kind == refHash:
		r.kind = refDec
		return r.digit(c)
	default:
		r.kind, r.n = refName, 1
		return isNameStartByte(c) || c == ':' || c >= 0x80
	}
	return true
}

// digit takes one digit of a character number.
func (r *refState) digit(c byte) bool {
	d, base := uint32(c-'0'), uint32(10)
	if r.kind == refHex {
		base = 16
		switch {
		case 'a' <= c && c <= 'f':
			d = uint32(c-'a') + 10
		case 'A' <= c && c <= 'F':
			d = uint32(c-'A') + 10
		case d > 9:
			d = 16
		}
	}
	if d >= base {
		return false
	}
	r.num = min(r.num*base+d, tooBig)
	return true
}

// endOfNumber is at the ';' of a character reference. One without digits names 0, which is no character.
func (w *work) endOfNumber() status {
	if !isChar(w.ref.num) {
		return w.failAt(w.p, NotWellFormed, "reference to no character")
	}
	w.p++
	w.state = w.back
	return again
}

// endOfEntity is at the ';' of an entity reference.
func (w *work) endOfEntity() status {
	name := w.v.bytes(w.p-w.ref.n, w.ref.n)
	for _, e := range entities {
		if string(name) == e.name {
			w.p++
			w.state = w.back
			return again
		}
	}
	return w.failAt(w.p, RestrictedXML, "entity reference")
}

// isChar says whether a character reference may name n (XML 1.0 §2.2).
func isChar(n uint32) bool {
	switch {
	case n < 0x20:
		return n == '\t' || n == '\n' || n == '\r'
	case n < 0xD800:
		return true
	}
	return n >= 0xE000 && n < 0xFFFE || n >= 0x10000 && n < tooBig
}
