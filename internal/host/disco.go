// SPDX-License-Identifier: Apache-2.0

package host

import (
	"weir/internal/wire"
	"weir/xmlscan"
)

// itemsBytesMax bounds a disco#items answer, so that a small question cannot
// make an answer that its asker's stanza limit (512 KiB by default) refuses.
// It is room for some 5,000 components; a longer list is cut.
const itemsBytesMax = 256 << 10

// info is the content of every disco#info answer: one identity, and the
// features served here.
const info = "<identity category='server' type='im' name='weir'/>" +
	"<feature var='" + wire.NSDiscoInfo + "'/>" +
	"<feature var='" + wire.NSDiscoItems + "'/>" +
	"<feature var='" + wire.NSVersion + "'/>" +
	"<feature var='" + wire.NSPing + "'/>"

func (s *Service) appendInfo(dst []byte, a wire.Answer, st *xmlscan.Stanza) []byte {
	if hasNode(st) {
		return wire.AppendStanzaError(dst, a, wire.ItemNotFound)
	}
	dst = a.AppendOpen(dst, "result")
	dst = append(dst, "><query xmlns='"+wire.NSDiscoInfo+"'>"+info+"</query>"...)
	return a.AppendClose(dst)
}

func (s *Service) appendItems(dst []byte, a wire.Answer, st *xmlscan.Stanza, all bool) []byte {
	if hasNode(st) {
		return wire.AppendStanzaError(dst, a, wire.ItemNotFound)
	}
	start := len(dst)
	dst = a.AppendOpen(dst, "result")
	dst = append(dst, "><query xmlns='"+wire.NSDiscoItems+"'>"...)
	s.Items(func(name string, hidden bool) bool {
		if hidden && !all {
			return true
		}
		dst = append(wire.AppendEscaped(append(dst, "<item jid='"...), name), "'/>"...)
		return len(dst)-start < itemsBytesMax
	})
	return a.AppendClose(append(dst, "</query>"...))
}

// hasNode reports whether a disco query asks about a node (XEP-0030 §3.1, the
// attribute, not the part of an address). There are none here.
func hasNode(st *xmlscan.Stanza) bool { return len(payloadAttr(st, "node")) > 0 }
