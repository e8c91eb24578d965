// SPDX-License-Identifier: Apache-2.0

package wire

import "weir/xmlscan"

// Answer is what an answer takes over from the stanza it answers: the local
// name, and the raw attribute values (between the quotes, as they came). A
// value that the stanza does not have is nil, and its counterpart is not
// written. The slices point into the stanza.
type Answer struct {
	Local        []byte
	From, To, ID []byte
}

// AnswerTo reads an Answer off a stanza; it is valid as long as the stanza is.
func AnswerTo(st *xmlscan.Stanza) Answer {
	return Answer{Local: st.Local(), From: raw(st.From()), To: raw(st.To()), ID: raw(st.ID())}
}

func raw(v xmlscan.Value) []byte {
	if !v.Present() {
		return nil
	}
	return v.Raw() // not nil, even when it is empty
}

// AppendOpen appends the start tag of the answer up to, not with, its closing
// bracket: addresses swapped, the same id, the given type. The element has
// the stream's default namespace, whatever the stanza had.
func (a Answer) AppendOpen(dst []byte, typ string) []byte {
	dst = append(append(dst, '<'), a.Local...)
	if a.To != nil {
		dst = appendQuoted(append(dst, " from="...), a.To)
	}
	if a.From != nil {
		dst = appendQuoted(append(dst, " to="...), a.From)
	}
	if a.ID != nil {
		dst = appendQuoted(append(dst, " id="...), a.ID)
	}
	dst = append(append(dst, " type='"...), typ...)
	return append(dst, '\'')
}

// AppendClose appends the answer's end tag.
func (a Answer) AppendClose(dst []byte) []byte {
	dst = append(append(dst, "</"...), a.Local...)
	return append(dst, '>')
}
