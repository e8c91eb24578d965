// SPDX-License-Identifier: Apache-2.0

package wire

// Namespaces of the streams and stanzas weir reads or writes.
const (
	NSComponent = "jabber:component:accept" // XEP-0114
	NSClient    = "jabber:client"           // RFC 6120
	NSServer    = "jabber:server"           // RFC 6120

	NSStreams      = "http://etherx.jabber.org/streams"       // RFC 6120 §4.8.1
	NSStreamErrors = "urn:ietf:params:xml:ns:xmpp-streams"    // RFC 6120 §4.9.2
	NSStanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas"    // RFC 6120 §8.3.2
	NSDiscoInfo    = "http://jabber.org/protocol/disco#info"  // XEP-0030
	NSDiscoItems   = "http://jabber.org/protocol/disco#items" // XEP-0030
	NSPing         = "urn:xmpp:ping"                          // XEP-0199
	NSVersion      = "jabber:iq:version"                      // XEP-0092
)
