// SPDX-License-Identifier: Apache-2.0

package stanza

import (
	"testing"

	"weir/internal/wire"
	"weir/xmlscan"
)

// scanned is a stanza in a stream whose header has further attributes, and the scanner
// that has read it.
func scanned(t testing.TB, header, raw string) (*xmlscan.Stanza, *xmlscan.Scanner) {
	t.Helper()
	in := xmlscan.New(xmlscan.Config{})
	in.Feed([]byte("<stream:stream xmlns='" + wire.NSComponent + "' xmlns:stream='" + wire.NSStreams + "'" + header + ">" + raw))
	for _, want := range []xmlscan.Event{xmlscan.Header, xmlscan.StanzaEvent} {
		if ev, err := in.Next(); ev != want || err != nil {
			t.Fatalf("%q: %v, %v", raw, ev, err)
		}
	}
	return in.Stanza(), in
}
