// SPDX-License-Identifier: Apache-2.0

package jid

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// FuzzNormalize: a normal form is normal, is an address, and is the same
// whichever of the two ways leads to it.
func FuzzNormalize(f *testing.F) {
	for _, row := range parseRows {
		f.Add([]byte(row.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkIdempotent(t, b) })
}

// TestNormalizeRandom is the same check on addresses made of awkward pieces,
// in every test run.
func TestNormalizeRandom(t *testing.T) {
	pieces := []string{
		"a", "B", "0", ".", "..", "-", "--", "_", "@", "/", " ", "'", "[", "]", "::1", "xn--", "xn--bcher-kva",
		"ü", "u\u0308", "ß", "ẞ", "Σ", "ς", "İ", "ı", "ſ", "K", "ǆ", "ａ", "＠", "／", "．", "。", "\u200d", "\u200c",
		"א", "ا", "١", "क\u094d", "ﬁ", "²", "㌀", "\u00a0", "\u3000", "\u0345", "ᾳ", "가", "가", "📱", "\xff", "\U000E0FFF",
	}
	r := rand.New(rand.NewPCG(7622, 8264))
	for range 20000 {
		var b []byte
		for range 1 + r.IntN(8) {
			b = append(b, pieces[r.IntN(len(pieces))]...)
		}
		checkIdempotent(t, b)
	}
}

func checkIdempotent(t *testing.T, b []byte) {
	t.Helper()
	p, ok := Parse(b)
	once, err := Normalize(nil, b)
	if ok != (err == nil) {
		t.Fatalf("Parse(%q) = %v but Normalize says %v", b, ok, err)
	}
	if !ok {
		return
	}
	twice, err := Normalize(nil, once)
	if err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("Normalize(%q) = %q, again: %q, %v", b, once, twice, err)
	}
	q, ok := Parse(once)
	if !ok || !q.Normal || !q.Plain {
		t.Fatalf("normal form %q of %q parses as %+v, %v", once, b, q, ok)
	}
	domain, err := NormalizeDomain(nil, p.Domain)
	if err != nil || !bytes.Equal(domain, q.Domain) {
		t.Fatalf("domain of %q: alone %q, %v, in the address %q", b, domain, err, q.Domain)
	}
	if p.Normal != bytes.Equal(once, b) || p.Plain != bytes.Equal(domain, p.Domain) {
		t.Fatalf("%q: flags %+v, but the normal form is %q", b, p, once)
	}
	bare, err := Bare(nil, b)
	if same, errOnce := Bare(nil, once); err != nil || errOnce != nil || !bytes.Equal(bare, same) {
		t.Fatalf("without resource %q is %q, its normal form %q is %q", b, bare, once, same)
	}
}
