// SPDX-License-Identifier: Apache-2.0

package stanza

import (
	"weir/internal/wire"
	"weir/xmlscan"
)

// Kind is what a stanza is: its element, and whether its type is error.
type Kind uint8

// Elements that are not routed are one kind.
const (
	Other Kind = iota
	Message
	MessageError
	Presence
	PresenceError
	IQ
	IQError
	Kinds // how many there are
)

var kindNames = [Kinds]string{"other", "message", "message", "presence", "presence", "iq", "iq"}

// String is the element's name, "other" for those that are not routed.
func (k Kind) String() string { return kindNames[k] }

// Error says whether it is an error stanza.
func (k Kind) Error() bool {
	return k == MessageError || k == PresenceError || k == IQError
}

// Routable says whether the element is one of the three that are routed.
func (k Kind) Routable() bool { return k != Other }

// KindOf is Other for all but the three that are routed: an unprefixed iq,
// message or presence in the component namespace, or in one of those that
// components are known to write in its place.
func KindOf(st *xmlscan.Stanza) Kind {
	kind := Other
	switch string(st.Local()) {
	case "message":
		kind = Message
	case "presence":
		kind = Presence
	case "iq":
		kind = IQ
	default:
		return Other
	}
	if len(st.Prefix()) != 0 {
		return Other
	}
	switch string(st.NS()) {
	case wire.NSComponent, wire.NSClient, wire.NSServer:
	default:
		return Other
	}
	if t := st.Type(); t.Equal("error") {
		kind++
	}
	return kind
}
