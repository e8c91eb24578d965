// SPDX-License-Identifier: Apache-2.0

package host

import (
	"weir/internal/jid"
	"weir/internal/wire"
	"weir/xmlscan"
)

// Service answers stanzas sent to a hosted domain.
type Service struct {
	// Version is weir's own, as XEP-0092 tells it.
	Version string

	// Items calls yield for each component of the table, with its name in
	// normal form, until yield returns false. It must not call back into the
	// connection that asks.
	Items func(yield func(name string, hidden bool) bool)

	// UsersSeeHidden lists hidden components to users too. Components and
	// servers, who ask without a node part, always see them.
	UsersSeeHidden bool
}

// Answer appends the answer to st, or nothing if st takes none. st must be an
// iq, message or presence; from and to are its addresses, parsed. The answer
// has no namespace of its own: it belongs to the stream st came in on.
func (s *Service) Answer(dst []byte, st *xmlscan.Stanza, from, to jid.Parts) []byte {
	typ := st.Type()
	if typ.Equal("error") || typ.Equal("result") {
		return dst // RFC 6120 §8.3.1: an answer to an answer could go on for ever
	}
	a := wire.AnswerTo(st)
	if string(st.Local()) != "iq" || to.Node != nil {
		return wire.AppendStanzaError(dst, a, wire.ServiceUnavailable)
	}
	switch {
	case typ.Equal("get"):
		return s.answerGet(dst, a, st, from)
	case typ.Equal("set"):
		return wire.AppendStanzaError(dst, a, wire.ServiceUnavailable)
	}
	return wire.AppendStanzaError(dst, a, wire.BadRequest) // RFC 6120 §8.2.3: no other type
}

func (s *Service) answerGet(dst []byte, a wire.Answer, st *xmlscan.Stanza, from jid.Parts) []byte {
	ns, name := string(st.PayloadNS()), string(st.Payload())
	switch {
	case ns == wire.NSPing && name == "ping":
		return append(a.AppendOpen(dst, "result"), "/>"...)
	case ns == wire.NSVersion && name == "query":
		return s.appendVersion(dst, a)
	case ns == wire.NSDiscoInfo && name == "query":
		return s.appendInfo(dst, a, st)
	case ns == wire.NSDiscoItems && name == "query":
		return s.appendItems(dst, a, st, from.Node == nil || s.UsersSeeHidden)
	}
	return wire.AppendStanzaError(dst, a, wire.ServiceUnavailable)
}
