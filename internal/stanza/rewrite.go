// SPDX-License-Identifier: Apache-2.0

package stanza

import (
	"weir/internal/wire"
	"weir/xmlscan"
)

// MustRewrite says whether a stanza means something else on another stream than on the
// one that in scans, where it was read: it uses a prefix that the header declares, or
// the header's language, or it says at its top that it is of the client or the server
// namespace.
func MustRewrite(st *xmlscan.Stanza, in *xmlscan.Scanner) bool {
	if st.HeaderPrefixes() != 0 {
		return true
	}
	if _, _, ok := st.XMLNS(); ok && string(st.NS()) != wire.NSComponent {
		return true
	}
	return in.HeaderLang().Present() && !st.Lang().Present()
}

// AppendRewritten appends the stanza as it must be written on another stream. Nothing
// but its start tag changes.
func AppendRewritten(dst []byte, st *xmlscan.Stanza, in *xmlscan.Scanner) []byte {
	raw, name := st.Raw, st.NameEnd()
	dst = append(dst, raw[:name]...)
	if lang := in.HeaderLang(); lang.Present() && !st.Lang().Present() {
		dst = append(dst, " xml:lang='"...)
		text := lang.Raw()
		if !lang.Plain() {
			text = lang.Append(nil)
		}
		dst = append(wire.AppendValue(dst, text), '\'')
	}
	for i, used := 0, st.HeaderPrefixes(); used != 0; i, used = i+1, used>>1 {
		if used&1 != 0 {
			dst = in.AppendHeaderDecl(dst, i)
		}
	}
	rest := raw[name:]
	if start, end, ok := st.XMLNS(); ok && string(st.NS()) != wire.NSComponent {
		dst = append(dst, raw[name:start]...)
		rest = raw[end:]
	}
	return append(dst, rest...)
}
