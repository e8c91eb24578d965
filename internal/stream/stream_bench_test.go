// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"bytes"
	"testing"

	"weir/xmlscan"
)

// BenchmarkStanza compares a stanza's cost in the machine with its cost in the
// scanner alone: what the machine adds is the difference.
func BenchmarkStanza(b *testing.B) {
	input := bytes.Repeat([]byte(benchStanza), 100)
	b.Run("scanner", func(b *testing.B) {
		s := xmlscan.New(xmlscan.Config{})
		s.Feed([]byte("<stream:stream " + nsDefault + " " + nsStream + " to='chat'>"))
		if ev, err := s.Next(); ev != xmlscan.Header {
			b.Fatal(ev, err)
		}
		b.SetBytes(int64(len(input)))
		b.ReportAllocs()
		for b.Loop() {
			s.Feed(input)
			for ev := xmlscan.StanzaEvent; ev == xmlscan.StanzaEvent; {
				ev, _ = s.Next()
			}
		}
	})
	b.Run("acceptor", func(b *testing.B) {
		a, out := established(b), make([]byte, 0, 64)
		b.SetBytes(int64(len(input)))
		b.ReportAllocs()
		for b.Loop() {
			a.Feed(input)
			for ev := StanzaReady; ev == StanzaReady; {
				ev, _ = a.Next(out)
			}
		}
	})
}

// BenchmarkOpen is a whole opening: header, proof, registration.
func BenchmarkOpen(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		established(b).Close()
	}
}
