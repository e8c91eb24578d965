// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"bytes"

	"weir/internal/wire"
	"weir/xmlscan"
)

// Verdict says how a stream ended: the condition of the stream error (ours
// after Failed, the peer's after PeerError) and a text for people, which holds
// nothing of the peer's input. It is empty after Closed.
type Verdict struct {
	Condition xmlscan.Condition
	Text      string
}

// verdictOf is what a scanner's error means for the stream.
func verdictOf(err error) *Verdict {
	e, ok := err.(*xmlscan.Error)
	if !ok {
		panic("stream: the scanner returned an error that is not its own: " + err.Error())
	}
	return &Verdict{e.Condition, e.Detail}
}

// isStreamElement reports whether st is in the streams namespace: it belongs
// to the stream itself and is no stanza.
func isStreamElement(st *xmlscan.Stanza) bool { return string(st.NS()) == wire.NSStreams }

// judgeStreamElement says what an element of the streams namespace at stream
// level means: the peer's stream error, or a fault. Its condition is reported
// only if it is one of RFC 6120 or could be: a peer must not write into logs.
func judgeStreamElement(st *xmlscan.Stanza) (Event, *Verdict) {
	if string(st.Local()) != "error" {
		return Failed, &Verdict{wire.CondUnsupportedStanzaType, "a stream element that is not an error"}
	}
	v := &Verdict{Condition: wire.CondUndefinedCondition}
	name := st.Payload()
	if string(st.PayloadNS()) == wire.NSStreamErrors && len(bytes.Trim(name, "abcdefghijklmnopqrstuvwxyz-")) == 0 {
		v.Condition = xmlscan.Condition(name)
	}
	return PeerError, v
}
