// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"unicode/utf8"
)

// Value is an attribute's value, a view of the bytes that came. The zero Value is an attribute that is absent.
// It is valid as long as the Stanza or StreamHeader it was taken from.
type Value struct {
	raw   []byte
	quote byte
	odd   bool
}

// Present says whether the attribute is there at all.
func (v Value) Present() bool { return v.quote != 0 }

// Raw returns the bytes between the quotes as they came.
func (v Value) Raw() []byte { return v.raw }

// Plain says whether Raw is already the value: no reference in it and no white space but blanks.
func (v Value) Plain() bool { return !v.odd }

// Quote returns the quote around the value, ' or ", and 0 when the attribute is absent.
func (v Value) Quote() byte { return v.quote }

// Append appends the normalised value (XML 1.0 §3.3.3): references replaced; tab, line feed and carriage
// return as blanks, a carriage return with a line feed as one.
func (v Value) Append(dst []byte) []byte {
	if !v.odd {
		return append(dst, v.raw...)
	}
	return appendNormalised(dst, v.raw)
}

// Equal says whether the normalised value is s. An absent attribute equals nothing.
func (v Value) Equal(s string) bool {
	if v.quote == 0 {
		return false
	}
	if !v.odd {
		return string(v.raw) == s
	}
	if len(v.raw) < len(s) {
		return false // a value never gets longer by normalising
	}
	var buf [128]byte
	return string(appendNormalised(buf[:0], v.raw)) == s
}

// appendNormalised appends the value of raw, which has been validated.
func appendNormalised(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '\t', '\n':
			dst = append(dst, ' ')
		case '\r':
			if i+1 == len(raw) || raw[i+1] != '\n' {
				dst = append(dst, ' ')
			}
		case '&':
			n := bytes.IndexByte(raw[i:], ';')
			dst = appendReference(dst, raw[i+1:i+n])
			i += n
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendReference appends what a validated reference (without '&' and ';') stands for.
func appendReference(dst, name []byte) []byte {
	if name[0] != '#' {
		for _, e := range entities {
			if string(name) == e.name {
				return append(dst, e.char)
			}
		}
	}
	r := refState{kind: refStart}
	for _, c := range name {
		if r.kind <= refHash {
			r.begin(c)
		} else {
			r.digit(c)
		}
	}
	return utf8.AppendRune(dst, rune(r.num))
}
