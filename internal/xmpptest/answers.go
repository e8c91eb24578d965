// SPDX-License-Identifier: Apache-2.0

package xmpptest

import "regexp"

// Trailer ends a stream, either way.
const Trailer = "</stream:stream>"

// The stream ids weir makes are at least 128 random bits in letters, digits and hyphens, so at least 22 characters; anything
// else and the escaped and the raw form of an id would hash differently.
const streamID = `[A-Za-z0-9-]{22,128}`

// headerPattern matches weir's stream header for name. The peers that it is for always ask without a version.
func headerPattern(name string) string {
	from := ""
	if name != "" {
		from = " from='" + regexp.QuoteMeta(name) + "'"
	}
	return `<\?xml version='1\.0'\?><stream:stream xmlns='jabber:component:accept'` +
		` xmlns:stream='http://etherx\.jabber\.org/streams'` + from + ` id='(` + streamID + `)'>`
}

// anyText is the text of a stream error, whatever it says.
const anyText = `<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>[^<]+</text>`

// streamErrorPattern matches a stream error of RFC 6120 section 4.9 and weir's trailer behind it; text is a pattern too.
func streamErrorPattern(condition, text string) string {
	return `<stream:error><` + condition + ` xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>` + text + `</stream:error></stream:stream>`
}

// StanzaError is the answer weir gives to the stanza NAME, byte for byte: from, to and id are those of the answer (so the
// stanza's own to, from and id), "" for an attribute that the stanza did not have.
func StanzaError(name, from, to, id, errorType, condition string) string {
	attributes := attribute("from", from) + attribute("to", to) + attribute("id", id)
	return "<" + name + attributes + " type='error'><error type='" + errorType + "'><" + condition +
		" xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></" + name + ">"
}

func attribute(name, value string) string {
	if value == "" {
		return ""
	}
	return " " + name + "='" + value + "'"
}
