// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// plainStage is stage 1 a byte at a time.
func plainStage(b []byte) (rows [4][]bool, legal bool) {
	legal = utf8.Valid(b)
	for i, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		rows[markName] = append(rows[markName], !(letter || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_') || c >= 0x80)
		rows[markText] = append(rows[markText], strings.IndexByte("<&>", c) >= 0)
		rows[markApos] = append(rows[markApos], strings.IndexByte("<&'\t\n\r", c) >= 0)
		rows[markQuot] = append(rows[markQuot], strings.IndexByte("<&\"\t\n\r", c) >= 0)
		legal = legal && (c >= ' ' || c == '\t' || c == '\n' || c == '\r')
		legal = legal && (i < 2 || !bytes.Equal(b[i-2:i], []byte("\xef\xbf")) || c != 0xBE && c != 0xBF)
	}
	return rows, legal
}

// stages are the implementations that this build has and this machine can run.
var stages = allStages()

// staleMaps are bitmaps that something else was written to before.
var staleMaps = func() (m bitmaps) {
	for i := range m {
		m[i] = rand.Uint64()
	}
	return m
}()

// sameStage compares every implementation with plainStage, bit for bit, on b with garbage before and behind it.
func sameStage(t *testing.T, b []byte) {
	t.Helper()
	rows, legal := plainStage(b)
	around := append(append([]byte("\xff\x00<"), b...), "\x00\xf0<&'\"\x80"...)
	in := around[3 : 3+len(b)]
	for name, stage := range stages {
		m := staleMaps
		if got := stage(&m, in); got != legal {
			t.Fatalf("%s: %q (%d bytes): legal %v, want %v", name, b, len(b), got, legal)
		}
		m.stop(len(b))
		for k := markName; k <= markQuot; k++ {
			for i, want := range rows[k] {
				if got := m.near(k, i)&1 != 0; got != want {
					t.Fatalf("%s: %q: mark %d of byte %d (%q) is %v", name, b, k, i, b[i], got)
				}
			}
			for i := range 64 {
				if m.near(k, len(b))>>i&1 == 0 && i < 57 {
					t.Fatalf("%s: %q: mark %d: stop bit %d is missing", name, b, k, i)
				}
			}
		}
	}
}

func TestStagesAgreeOnEveryByteAtEveryPlace(t *testing.T) {
	for c := range 256 {
		for at := range 130 {
			if raceOn && at%7 != 0 {
				continue
			}
			b := bytes.Repeat([]byte("a"), 131)
			b[at] = byte(c)
			sameStage(t, b)
		}
	}
}

// Each start of a character with each other byte behind it, at the edges of a vector and of a block, and where the
// data ends. This is where a truncated lead once passed.
func TestStagesAgreeOnUTF8AtTheEdges(t *testing.T) {
	leads := []string{"\x7f", "\x80", "\xbf", "\xc1", "\xc2", "\xdf", "\xe0", "\xe0\xa0", "\xe4", "\xe4\xb8", "\xed", "\xed\x9f", "\xef", "\xef\xbf",
		"\xf0", "\xf0\x90", "\xf0\x90\x80", "\xf0\x9f\x98", "\xf4", "\xf4\x8f", "\xf4\x8f\xbf", "\xf5", "\xff"}
	for _, lead := range leads {
		for _, at := range []int{0, 29, 30, 31, 32, 61, 62, 63, 64, 95, 125, 126, 127} {
			for c := range 256 {
				if raceOn && c%16 != 15 && c%16 != 0 {
					continue
				}
				b := append(bytes.Repeat([]byte("x"), at), lead...)
				b = append(b, byte(c))
				sameStage(t, append(b, "yz"...))
				sameStage(t, append(b, "\x80\xbf tail"...))
				if !utf8.FullRune(b[len(b)-1:]) || unfinished(b) == 0 {
					sameStage(t, b[:len(b)-unfinished(b)])
				}
			}
		}
	}
}

func TestStagesAgreeOnRandomText(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	alphabet := []string{"a", "Z", "0", "<", ">", "&", "'", "\"", ":", "\t", "\n", " ", "é", "中", "😀", "\uFFFD", "\uFFFC", "\u0080", "\x7f", "/"}
	rare := []string{"\x01", "\xff", "\xc0", "\xe4\xb8", "\uFFFE", "\uFFFF", "\xed\xa0\x80", "\x80"}
	for range rounds(40000) {
		var b []byte
		for n := r.IntN(200); n > 0; n-- {
			b = append(b, alphabet[r.IntN(len(alphabet))]...)
			if r.IntN(400) == 0 {
				b = append(b, rare[r.IntN(len(rare))]...)
			}
		}
		sameStage(t, b[:len(b)-unfinished(b)])
	}
}

// A search that begins anywhere ends at the next mark, by the near path and by the far one.
func TestNextFindsTheNextMark(t *testing.T) {
	b := bytes.Repeat([]byte("a"), 300)
	for _, at := range []int{0, 1, 56, 57, 63, 64, 65, 127, 128, 200, 299} {
		b[at] = '<'
		m := new(bitmaps)
		classify(m, b)
		m.stop(len(b))
		for p := range b {
			want := at
			if p > at {
				want = len(b)
			}
			for k := markName; k <= markQuot; k++ {
				if got := m.next(k, p); got != want {
					t.Fatalf("mark %d from %d: %d, want %d", k, p, got, want)
				}
				if got := m.far(k, p); got != want {
					t.Fatalf("mark %d from %d, far: %d, want %d", k, p, got, want)
				}
			}
		}
		b[at] = 'a'
	}
}
