// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/wire"
	"weir/xmlscan"
)

// mustRewrite says whether a stanza means something else on another stream than
// on ours: it uses a prefix that our header declares, or our header's language,
// or it says at its top that it is of the client or the server namespace.
func (s *Session) mustRewrite(st *xmlscan.Stanza) bool {
	if st.HeaderPrefixes() != 0 {
		return true
	}
	if _, _, ok := st.XMLNS(); ok && string(st.NS()) != wire.NSComponent {
		return true
	}
	return s.in.Scanner().HeaderLang().Present() && !st.Lang().Present()
}

// rewrite appends the stanza as it must be written on another stream. Nothing
// but its start tag changes.
func (s *Session) rewrite(dst []byte, st *xmlscan.Stanza) []byte {
	raw, name := st.Raw, st.NameEnd()
	dst = append(dst, raw[:name]...)
	if lang := s.in.Scanner().HeaderLang(); lang.Present() && !st.Lang().Present() {
		dst = append(dst, " xml:lang='"...)
		dst = append(wire.AppendValue(dst, lang.Append(nil)), '\'')
	}
	for i, used := 0, st.HeaderPrefixes(); used != 0; i, used = i+1, used>>1 {
		if used&1 != 0 {
			dst = s.in.Scanner().AppendHeaderDecl(dst, i)
		}
	}
	rest := raw[name:]
	if start, end, ok := st.XMLNS(); ok && string(st.NS()) != wire.NSComponent {
		dst = append(dst, raw[name:start]...)
		rest = raw[end:]
	}
	return append(dst, rest...)
}
