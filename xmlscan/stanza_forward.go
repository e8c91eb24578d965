// SPDX-License-Identifier: Apache-2.0

package xmlscan

// AppendHeaderDecl appends the i-th prefix declaration of the stream header as an attribute with a blank before
// it, ready to be put in at Stanza.NameEnd: a stanza that uses the prefix (Stanza.HeaderPrefixes) and goes to
// another stream must carry the declaration itself. Such a stanza has no declaration of that prefix on its own
// tag, or it would not use the header's.
func (s *Scanner) AppendHeaderDecl(dst []byte, i int) []byte {
	d := &s.ctx.decls[i]
	dst = append(append(append(dst, " xmlns:"...), d.prefix...), "='"...)
	for _, c := range d.uri {
		switch c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '\'':
			dst = append(dst, "&apos;"...)
		case '\t':
			dst = append(dst, "&#9;"...)
		case '\n':
			dst = append(dst, "&#10;"...)
		case '\r':
			dst = append(dst, "&#13;"...)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '\'')
}
