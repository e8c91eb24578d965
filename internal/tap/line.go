// SPDX-License-Identifier: Apache-2.0

package tap

import (
	"slices"
	"time"

	"weir/xmlscan"
)

// Line is one thing that a tap has seen. What is not here is not shown: no text,
// no other attribute, no element but the first one's name.
type Line struct {
	At      time.Time `json:"at,omitzero"`
	Event   string    `json:"event,omitempty"` // stanza, bounced, connected, ended
	Via     string    `json:"via,omitempty"`   // component or server: whose stream
	Element string    `json:"element,omitempty"`
	Type    string    `json:"type,omitempty"` // of those RFC 6121 knows
	From    string    `json:"from,omitempty"`
	To      string    `json:"to,omitempty"`
	ID      string    `json:"id,omitempty"`
	Child   string    `json:"child,omitempty"` // the first one's name
	NS      string    `json:"child_ns,omitempty"`
	Bytes   int       `json:"bytes,omitempty"`
	Outcome string    `json:"outcome,omitempty"`
}

// What is longer is shown cut off.
const (
	addressBytes = 256
	wordBytes    = 128 // of an id, a name, a namespace
)

// types are the types that are shown; another one could be a text.
var types = []string{
	"chat", "groupchat", "headline", "normal", "error", "get", "set", "result",
	"available", "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe",
}

// LineOf is what is shown of a stanza.
func LineOf(st *xmlscan.Stanza) Line {
	line := Line{
		Element: clip(st.Local(), wordBytes), Type: "other",
		From: shown(st.From(), addressBytes), To: shown(st.To(), addressBytes), ID: shown(st.ID(), wordBytes),
		Child: clip(st.Payload(), wordBytes), NS: clip(st.PayloadNS(), wordBytes), Bytes: len(st.Raw),
	}
	if !st.Type().Present() {
		line.Type = ""
	} else if i := slices.IndexFunc(types, func(word string) bool { v := st.Type(); return v.Equal(word) }); i >= 0 {
		line.Type = types[i]
	}
	return line
}

func shown(v xmlscan.Value, max int) string {
	if !v.Present() {
		return ""
	}
	return clip(v.Append(nil), max)
}

func clip(b []byte, max int) string {
	if len(b) > max {
		return string(b[:max]) + "…"
	}
	return string(b)
}
