// SPDX-License-Identifier: Apache-2.0

package wire

import "weir/xmlscan"

// Stream error conditions that weir gives besides the scanner's own,
// RFC 6120 §4.9.3.
const (
	CondBadFormat             xmlscan.Condition = "bad-format"
	CondConflict              xmlscan.Condition = "conflict"
	CondConnectionTimeout     xmlscan.Condition = "connection-timeout"
	CondHostUnknown           xmlscan.Condition = "host-unknown"
	CondInternalServerError   xmlscan.Condition = "internal-server-error"
	CondInvalidNamespace      xmlscan.Condition = "invalid-namespace"
	CondNotAuthorized         xmlscan.Condition = "not-authorized"
	CondPolicyViolation       xmlscan.Condition = "policy-violation"
	CondResourceConstraint    xmlscan.Condition = "resource-constraint"
	CondSystemShutdown        xmlscan.Condition = "system-shutdown"
	CondUndefinedCondition    xmlscan.Condition = "undefined-condition"
	CondUnsupportedStanzaType xmlscan.Condition = "unsupported-stanza-type"
)

// AppendStreamError appends a stream error, without header or Trailer. The
// prefix stream must be bound by the header before it, as AppendHeader binds
// it. An empty text is left out.
func AppendStreamError(dst []byte, cond xmlscan.Condition, text string) []byte {
	dst = append(dst, "<stream:error><"...)
	dst = append(dst, cond...)
	dst = append(dst, " xmlns='"+NSStreamErrors+"'/>"...)
	if text != "" {
		dst = append(dst, "<text xmlns='"+NSStreamErrors+"' xml:lang='en'>"...)
		dst = append(AppendEscaped(dst, text), "</text>"...)
	}
	return append(dst, "</stream:error>"...)
}
