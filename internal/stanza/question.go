// SPDX-License-Identifier: Apache-2.0

package stanza

import "weir/xmlscan"

// IsRequest says whether a stanza asks for an answer.
func IsRequest(st *xmlscan.Stanza) bool {
	t := st.Type()
	return string(st.Local()) == "iq" && (t.Equal("get") || t.Equal("set"))
}

// IsAnswer says whether a stanza is the answer to a request.
func IsAnswer(st *xmlscan.Stanza) bool {
	t := st.Type()
	return string(st.Local()) == "iq" && (t.Equal("result") || t.Equal("error"))
}

// TakesError says whether a stanza may be answered with an error: an answer to an
// error or a result could go on for ever (RFC 6120 §8.3.1).
func TakesError(st *xmlscan.Stanza) bool {
	t := st.Type()
	return !t.Equal("error") && !t.Equal("result")
}
