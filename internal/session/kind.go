// SPDX-License-Identifier: Apache-2.0

package session

import (
	"weir/internal/wire"
	"weir/xmlscan"
)

// Kind is what a stanza is, for those who count them: its element, and whether
// its type is error.
type Kind uint8

// Elements that are not routed are one kind.
const (
	KindOther Kind = iota
	KindMessage
	KindMessageError
	KindPresence
	KindPresenceError
	KindIQ
	KindIQError
	Kinds // how many there are
)

var kindNames = [Kinds]string{"other", "message", "message", "presence", "presence", "iq", "iq"}

// String is the element's name, "other" for those that are not routed.
func (k Kind) String() string { return kindNames[k] }

// Error says whether it is an error stanza.
func (k Kind) Error() bool {
	return k == KindMessageError || k == KindPresenceError || k == KindIQError
}

// routable says whether the element is one of the three that are routed.
func (k Kind) routable() bool { return k != KindOther }

// kindOf is other for all but the three that are routed: an unprefixed iq,
// message or presence in the component namespace, or in one of those that
// components are known to write in its place.
func kindOf(st *xmlscan.Stanza) Kind {
	kind := KindOther
	switch string(st.Local()) {
	case "message":
		kind = KindMessage
	case "presence":
		kind = KindPresence
	case "iq":
		kind = KindIQ
	default:
		return KindOther
	}
	if len(st.Prefix()) != 0 {
		return KindOther
	}
	switch string(st.NS()) {
	case wire.NSComponent, wire.NSClient, wire.NSServer:
	default:
		return KindOther
	}
	if t := st.Type(); t.Equal("error") {
		kind++
	}
	return kind
}
