// SPDX-License-Identifier: Apache-2.0

package wire

import "bytes"

// AppendEscaped appends s so that it is safe as text and between quotes of
// either kind.
func AppendEscaped[T string | []byte](dst []byte, s T) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '\'':
			dst = append(dst, "&apos;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// AppendValue is AppendEscaped for the value of an attribute, in which a tab or the
// end of a line that is not written as a reference is a blank (XML 1.0 §3.3.3).
func AppendValue[T string | []byte](dst []byte, s T) []byte {
	from := 0
	for i := range len(s) {
		ref := ""
		switch s[i] {
		case '\t':
			ref = "&#9;"
		case '\n':
			ref = "&#10;"
		case '\r':
			ref = "&#13;"
		default:
			continue
		}
		dst = append(AppendEscaped(dst, s[from:i]), ref...)
		from = i + 1
	}
	return AppendEscaped(dst, s[from:])
}

// appendQuoted appends a raw attribute value in single quotes. Its references
// stay as they are; only a single quote, which a value that came in double
// quotes may hold, would end it.
func appendQuoted(dst, raw []byte) []byte {
	dst = append(dst, '\'')
	for {
		i := bytes.IndexByte(raw, '\'')
		if i < 0 {
			break
		}
		dst = append(append(dst, raw[:i]...), "&apos;"...)
		raw = raw[i+1:]
	}
	return append(append(dst, raw...), '\'')
}
