// SPDX-License-Identifier: Apache-2.0

package wire

// Trailer is the end tag of both sides' streams.
const Trailer = "</stream:stream>"

// HeaderOptions are the attributes of a stream header. An empty one is not
// written.
type HeaderOptions struct {
	To        string // the component's name, on the side that opens
	From      string // the component's name, on the side that answers
	ID        string // stream id, on the side that answers
	Version   bool   // version='1.0'
	Subdomain bool   // is_subdomain='true', on the side that opens
}

// AppendHeader appends the XML declaration and the stream header in one piece:
// several clients fail on a newline or a blank between them or after them.
func AppendHeader(dst []byte, o HeaderOptions) []byte {
	dst = append(dst, "<?xml version='1.0'?><stream:stream xmlns='"+NSComponent+"' xmlns:stream='"+NSStreams+"'"...)
	dst = appendOptional(dst, " to='", o.To)
	dst = appendOptional(dst, " from='", o.From)
	dst = appendOptional(dst, " id='", o.ID)
	if o.Version {
		dst = append(dst, " version='1.0'"...)
	}
	if o.Subdomain {
		dst = append(dst, " is_subdomain='true'"...)
	}
	return append(dst, '>')
}

func appendOptional(dst []byte, opening, value string) []byte {
	if value == "" {
		return dst
	}
	return append(AppendEscaped(append(dst, opening...), value), '\'')
}
