// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"weir/xmlscan"
)

var (
	cdataOpen    = []byte("<![CDATA[")
	cdataClose   = []byte("]]>")
	charRefOpen  = []byte("&#")
	charRefClose = []byte(";")
)

// appendCharData appends the text of a validated element. It reports false if
// the element has children or named entities: nothing this package reads the
// text of (a proof, in hexadecimal) has a use for either.
func appendCharData(dst []byte, st *xmlscan.Stanza) ([]byte, bool) {
	rest := st.Raw[st.TagEnd():]
	if len(rest) == 0 { // an empty-element tag
		return dst, true
	}
	rest = rest[:bytes.LastIndex(rest, []byte("</"))]
	for {
		i := bytes.IndexAny(rest, "<&")
		if i < 0 {
			return append(dst, rest...), true
		}
		dst = append(dst, rest[:i]...)
		switch rest = rest[i:]; {
		case bytes.HasPrefix(rest, cdataOpen):
			section, after, _ := bytes.Cut(rest[len(cdataOpen):], cdataClose)
			dst, rest = append(dst, section...), after
		case bytes.HasPrefix(rest, charRefOpen):
			number, after, _ := bytes.Cut(rest[len(charRefOpen):], charRefClose)
			dst, rest = appendCharRef(dst, number), after
		default:
			return dst, false
		}
	}
}

// appendCharRef appends the character of a validated reference; number is what
// stands between "&#" and ";".
func appendCharRef(dst, number []byte) []byte {
	base := 10
	if number[0] == 'x' {
		base, number = 16, number[1:]
	}
	r, _ := strconv.ParseUint(string(number), base, 32) // the scanner has checked it
	return utf8.AppendRune(dst, rune(r))
}
