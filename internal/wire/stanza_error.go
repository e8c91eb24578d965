// SPDX-License-Identifier: Apache-2.0

package wire

// StanzaError is the error of a stanza, RFC 6120 §8.3. Text may be empty.
type StanzaError struct {
	Type      string // auth, cancel, continue, modify or wait, §8.3.2
	Condition string // element name, §8.3.3
	Text      string
}

// The stanza errors weir gives.
var (
	BadRequest           = StanzaError{Type: "modify", Condition: "bad-request"}
	ItemNotFound         = StanzaError{Type: "cancel", Condition: "item-not-found"}
	NotAllowed           = StanzaError{Type: "cancel", Condition: "not-allowed"}
	PolicyViolation      = StanzaError{Type: "modify", Condition: "policy-violation"}
	RemoteServerNotFound = StanzaError{Type: "cancel", Condition: "remote-server-not-found"}
	RemoteServerTimeout  = StanzaError{Type: "wait", Condition: "remote-server-timeout"}
	ResourceConstraint   = StanzaError{Type: "wait", Condition: "resource-constraint"}
	ServiceUnavailable   = StanzaError{Type: "cancel", Condition: "service-unavailable"}
)

// AppendStanzaError appends the answer e to the stanza a was read off. The
// stanza's payload is not repeated. The caller must not answer a stanza of
// type error, or an iq of type result.
func AppendStanzaError(dst []byte, a Answer, e StanzaError) []byte {
	dst = a.AppendOpen(dst, "error")
	dst = append(append(dst, "><error type='"...), e.Type...)
	dst = append(append(dst, "'><"...), e.Condition...)
	dst = append(dst, " xmlns='"+NSStanzaErrors+"'/>"...)
	if e.Text != "" {
		dst = append(dst, "<text xmlns='"+NSStanzaErrors+"' xml:lang='en'>"...)
		dst = append(AppendEscaped(dst, e.Text), "</text>"...)
	}
	return a.AppendClose(append(dst, "</error>"...))
}
