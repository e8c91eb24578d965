// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"unicode/utf8"
)

// window is the part of a scanner's input whose bitmaps lie in the Scratch.
type window struct {
	owner  *Scanner // whose input it is; another's walk makes the bitmaps stale
	lo, hi int      // of the input: what is classified, clean and made of whole characters; lo < 0: begins in the carry
	last   bool     // the input ends with it, but for an unfinished character
	fault  Condition
	detail string // of the fault at hi, if there is one
}

// classifyFrom runs stage 1 on the scanner's input from lo on, up to the size of a window.
func (s *Scanner) classifyFrom(lo int) {
	hi := min(lo+windowBytes, len(s.src))
	s.classify(s.src[lo:hi], lo, hi == len(s.src))
}

// classify runs stage 1 on b, which begins at lo of the input. Characters are checked from their first byte
// always and never over the end of b: an unfinished one there is left out, and the next window (or feed) begins
// with it. So stage 1 has no state between calls that could be carried wrongly.
func (s *Scanner) classify(b []byte, lo int, last bool) {
	sc := s.sc
	b = b[:len(b)-unfinished(b)]
	sc.win = window{owner: s, lo: lo, last: last}
	if !classify(&sc.maps, b) {
		n, c, detail := firstFault(b)
		if b[n] == 0 && s.off+int64(lo+n) < 4 {
			c, detail = UnsupportedEncoding, "UTF-16 or UTF-32"
		}
		sc.win.fault, sc.win.detail = c, detail
		b = b[:n]
	}
	sc.count += len(b)>>6 + 1
	sc.win.hi = lo + len(b)
	sc.maps.stop(len(b))
}

// unfinished returns how many bytes at the end of b begin a character whose other bytes are still to come.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		c := b[len(b)-n]
		if c < utf8.RuneSelf {
			return 0
		}
		if utf8.RuneStart(c) {
			if utf8.FullRune(b[len(b)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}

// classifyPortable is stage 1 without assembly. It says whether the characters of b are all legal.
func classifyPortable(m *bitmaps, b []byte) bool {
	whole := len(b) &^ 63
	f := classifyTable(m, 0, b[:whole])
	if whole < len(b) {
		var tail [64]byte
		fillTail(&tail, b[whole:])
		f |= classifyTable(m, whole>>6, tail[:])
	}
	return f&sawIllegal == 0 && (f&sawHigh == 0 || validText(b))
}

// fillTail makes a whole block of the last bytes. Blanks raise no flag and no mark that stop does not set anyway.
func fillTail(tail *[64]byte, b []byte) {
	*tail = blankBlock
	copy(tail[:], b)
}

var blankBlock = [64]byte(bytes.Repeat([]byte(" "), 64))

// nonChar is how U+FFFE and U+FFFF begin, and their neighbours.
var nonChar = []byte("\xEF\xBF")

// validText says whether b is UTF-8 without U+FFFE and U+FFFF.
func validText(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for i := bytes.Index(b, nonChar); i >= 0; i = bytes.Index(b, nonChar) {
		if b[i+2] >= 0xBE {
			return false
		}
		b = b[i+3:]
	}
	return true
}

// firstFault finds the first illegal character in b, of which it is known that there is one.
func firstFault(b []byte) (n int, c Condition, detail string) {
	for n < len(b) {
		switch r, size := utf8.DecodeRune(b[n:]); {
		case r == utf8.RuneError && size == 1:
			return n, UnsupportedEncoding, "ill-formed UTF-8"
		case !isChar(uint32(r)):
			return n, NotWellFormed, "character that XML does not allow"
		default:
			n += size
		}
	}
	panic("xmlscan: stage 1 found a fault that is not there")
}
