// SPDX-License-Identifier: Apache-2.0

package jid

import "testing"

var benchAddresses = []struct{ name, text string }{
	{"domain", "conference.example.org"},
	{"bare", "alice.b@conference.example.org"},
	{"full", "alice@example.org/Gajim.4F2Q9KX1"},
	{"capitals", "Alice@Example.org"},
	{"unicode", "élise@bücher.example/télé"},
}

func BenchmarkParse(b *testing.B) {
	for _, a := range benchAddresses {
		b.Run(a.name, func(b *testing.B) {
			in := []byte(a.text)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := Parse(in); !ok {
					b.Fatal("refused")
				}
			}
		})
	}
}

func BenchmarkNormalizeDomain(b *testing.B) {
	in, buf := []byte("Conference.Example.ORG."), make([]byte, 0, partBytesMax)
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = NormalizeDomain(buf[:0], in)
	}
}
