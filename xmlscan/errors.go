// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "strconv"

// Condition is the name of a stream error, RFC 6120 §4.9.3.
type Condition string

// The conditions that the scanner finds.
const (
	NotWellFormed       Condition = "not-well-formed"      // syntax of XML or of namespaces
	RestrictedXML       Condition = "restricted-xml"       // comment, processing instruction, DTD, entity reference
	BadNamespacePrefix  Condition = "bad-namespace-prefix" // a prefix that nothing declares
	UnsupportedEncoding Condition = "unsupported-encoding" // not UTF-8, or ill-formed UTF-8
	PolicyViolation     Condition = "policy-violation"     // one of the Limits
	BadFormat           Condition = "bad-format"           // XML, but not of a stream: text between stanzas, a stream element inside one
	// UnsupportedStanzaType: a second stream header where a stanza should be.
	UnsupportedStanzaType Condition = "unsupported-stanza-type"
)

// Error ends a stream. It is sticky: once Next has returned it, Next returns it for ever.
type Error struct {
	Condition Condition
	Offset    int64  // of the byte at which the fault is certain, from the start of the stream; the same however the stream was cut
	Detail    string // for a log; holds nothing of the input
}

// Error says the condition, the reason and the place.
func (e *Error) Error() string {
	return "xmlscan: " + string(e.Condition) + ": " + e.Detail + " at byte " + strconv.FormatInt(e.Offset, 10)
}
