// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"bytes"

	"weir/xmlscan"
)

var (
	cdataOpen  = []byte("<![CDATA[")
	cdataClose = []byte("]]>")
)

// appendCharData appends the text of a validated element. It reports false if
// the element has children, or references: nothing this package reads the text
// of (a proof, in hexadecimal) has a use for either.
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
		if rest = rest[i:]; !bytes.HasPrefix(rest, cdataOpen) {
			return dst, false
		}
		section, after, _ := bytes.Cut(rest[len(cdataOpen):], cdataClose)
		dst, rest = append(dst, section...), after
	}
}
