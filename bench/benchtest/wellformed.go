// SPDX-License-Identifier: Apache-2.0

package benchtest

import (
	"bytes"
	"encoding/xml"
	"io"
	"unicode/utf8"
)

// depthMax is how deep an element may be.
const depthMax = 64

// wellFormed says whether an element is what RFC 6120 §11 allows, as far as
// encoding/xml and a few questions more can tell.
func wellFormed(raw []byte) bool {
	if !utf8.Valid(raw) {
		return false
	}
	depth := 0
	for d := xml.NewDecoder(bytes.NewReader(raw)); ; {
		t, err := d.Token()
		if err == io.EOF {
			return depth == 0
		}
		if err != nil {
			return false
		}
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > depthMax || unbound(raw, t.Name) || !ownAttributes(raw, t.Attr) {
				return false
			}
		case xml.EndElement:
			depth--
		case xml.Comment, xml.ProcInst, xml.Directive:
			return false
		}
	}
}

// unbound says whether encoding/xml has left the prefix of a name as it was: no
// namespace of that name is declared.
func unbound(raw []byte, n xml.Name) bool {
	switch n.Space {
	case "", "xmlns", "xml", "http://www.w3.org/XML/1998/namespace":
		return false
	}
	for _, tag := range bytes.SplitAfter(raw, []byte("='"+n.Space+"'")) {
		name := tag[bytes.LastIndexByte(tag, ' ')+1:]
		if bytes.HasPrefix(name, []byte("xmlns")) && bytes.HasSuffix(name, []byte("'")) {
			return false
		}
	}
	return true
}

// ownAttributes says whether no attribute stands there twice, and none has a prefix
// that is not bound.
func ownAttributes(raw []byte, attrs []xml.Attr) bool {
	seen := map[xml.Name]bool{}
	for _, a := range attrs {
		if seen[a.Name] || unbound(raw, a.Name) {
			return false
		}
		seen[a.Name] = true
	}
	return true
}
