// SPDX-License-Identifier: Apache-2.0

package xmlscan

// Event is what Next found.
type Event uint8

const (
	NeedMore    Event = iota // everything fed has been read
	Header                   // the root element's start tag: Scanner.Header is valid
	StanzaEvent              // a whole element at depth 1: Scanner.Stanza is valid
	StreamEnd                // the root element's end tag
)

// String returns the event's name as dialogue tests write it.
func (e Event) String() string {
	switch e {
	case NeedMore:
		return "NeedMore"
	case Header:
		return "Header"
	case StanzaEvent:
		return "Stanza"
	case StreamEnd:
		return "StreamEnd"
	}
	return "Event?"
}
