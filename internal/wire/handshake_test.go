// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"strings"
	"testing"
)

func TestDigest(t *testing.T) {
	rows := []struct{ name, id, password, want string }{
		{"as @xmpp/component computes it", "7256210e-f430-45a1-80d6-83c97319e4ee", "secret", "a45b2006a71037a412d01fffd197a8a3e1c3c475"},
		{"as biboumi computes it", "d51d39a9-541e-44f9-b42a-7859b1f5a7f5", "secret", "b558836bbee3d7affc0d9fd10ddf18809f92b17a"},
		{"as slixmpp computes it", "49699cec-32b9-4492-9470-b283ce1757ae", "secret", "15cca1f5c0e62d1eb72aa4a83f0cb5f3c63ae813"},
		{"as sha1sum computes it, UTF-8", "id", "pässwörd", "5dcdd512305ccb6944b5298816f8fe36c055e460"},
		{"nothing", "", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	}
	for _, row := range rows {
		if got := Digest(row.id, row.password); string(got[:]) != row.want {
			t.Errorf("%s: Digest(%q, %q) = %s, want %s", row.name, row.id, row.password, got, row.want)
		}
	}
}

func TestDigestEqual(t *testing.T) {
	want := Digest("id", "secret")
	good := string(want[:])
	rows := []struct {
		name, got string
		equal     bool
	}{
		{"as written", good, true},
		{"upper case", strings.ToUpper(good), true},
		{"mixed case", strings.ToUpper(good[:7]) + good[7:], true},
		{"blanks around", " \r\n\t" + good + "\n ", true},
		{"blank inside", good[:20] + " " + good[20:], false},
		{"empty", "", false},
		{"only blanks", "   ", false},
		{"one short", good[:39], false},
		{"one long", good + "0", false},
		{"NUL behind", good + "\x00", false},
		{"twice", good + good, false},
		{"very long", good + strings.Repeat("0", 1<<16), false},
		{"first digit wrong", flip(good, 0), false},
		{"last digit wrong", flip(good, 39), false},
		{"zeros", strings.Repeat("0", 40), false},
		{"no hexadecimal", strings.Repeat("g", 40), false},
		{"other bytes that fold alike", strings.Map(func(r rune) rune { return r ^ 0x20 }, good), false},
	}
	for _, row := range rows {
		if got := DigestEqual([]byte(row.got), want); got != row.equal {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

func TestDigestEqualLeavesWhatItReads(t *testing.T) {
	want := Digest("id", "secret")
	got := []byte(strings.ToUpper(string(want[:])))
	DigestEqual(got, want)
	if string(got) != strings.ToUpper(string(want[:])) {
		t.Errorf("the peer's bytes were changed: %s", got)
	}
}

func TestNewStreamID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewStreamID()
		// Base 32: five bits a letter, so 26 letters for 128 bits.
		if len(id) < 26 || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			t.Fatalf("stream id %q", id)
		}
		if seen[id] {
			t.Fatalf("stream id %q came twice", id)
		}
		seen[id] = true
	}
}

func flip(s string, i int) string {
	b := []byte(s)
	b[i] ^= 1
	return string(b)
}
