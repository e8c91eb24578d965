// SPDX-License-Identifier: Apache-2.0

package traffic

import "testing"

func TestTokenReadsBack(t *testing.T) {
	for _, c := range []struct {
		flow uint32
		n    uint64
	}{{0, 0}, {1, 1}, {MaxFlows - 1, maxNumber - 1}, {12345, 678901234567}} {
		var tok token
		tok.set(7, c.flow, c.n)
		flow, n, ok := readToken(7, tok[:])
		if !ok || flow != c.flow || n != c.n {
			t.Errorf("%s: %d %d %v, want %d %d", tok[:], flow, n, ok, c.flow, c.n)
		}
		if _, _, ok := readToken(8, tok[:]); ok {
			t.Errorf("%s: taken for another run's", tok[:])
		}
	}
}

// A changed digit must not make the token of another stanza. Three digits of
// check let one in 32768 through; this seed has none such.
func TestTokenChangedDigit(t *testing.T) {
	var tok token
	tok.set(1, 3, 1000)
	for i := range tok {
		for _, c := range []byte(digits + "~zZ<") {
			bad := tok
			bad[i] = c
			if _, _, ok := readToken(1, bad[:]); ok && c != tok[i] {
				t.Errorf("%s is read although byte %d of %s was changed", bad[:], i, tok[:])
			}
		}
	}
}

func TestFindToken(t *testing.T) {
	var tok token
	tok.set(1, 3, 1000)
	text := "<a b='~c'>~0000000000000000~" + string(tok[:]) + "</a>"
	at, flow, n := findToken(1, []byte(text))
	if at != 28 || flow != 3 || n != 1000 {
		t.Errorf("found at %d: %d %d", at, flow, n)
	}
	if at, _, _ := findToken(1, []byte(text[:28+15])); at != -1 {
		t.Errorf("found half a token at %d", at)
	}
}
