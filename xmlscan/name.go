// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "unicode/utf8"

// isNameByte says whether c is an ASCII character of an NCName.
func isNameByte(c byte) bool {
	return isNameStartByte(c) || '0' <= c && c <= '9' || c == '-' || c == '.'
}

// isNameStartByte says whether c is an ASCII character that can begin an NCName.
func isNameStartByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

// nameStart is isNameStartByte as a table.
var nameStart = func() (t [256]bool) {
	for c := range t {
		t[c] = isNameStartByte(byte(c))
	}
	return t
}()

// startPart begins a qualified name at the walker's position.
func (w *work) startPart() {
	w.tok = w.rel(w.p)
	w.part = w.tok
	w.colon = 0
}

// name walks a qualified name (Namespaces in XML 1.0 §4: at most one colon, no empty part) and ends, with
// `again`, at the first byte that is not of it.
func (w *work) name() status {
	limit := w.start + w.tok + w.lim.NameBytes // position of the first byte too many
	for {
		q := min(w.m.next(markName, w.p), w.end)
		if q > w.p && w.rel(w.p) == w.part && !nameStart[w.v.at(w.p)] {
			return w.failAt(w.p, NotWellFormed, "name begins with a character that cannot begin one")
		}
		w.p = q
		if q > limit {
			return w.failAt(limit, PolicyViolation, "name too long")
		}
		if q == w.end {
			return more
		}
		c := w.v.at(q)
		if c != ':' && c < 0x80 {
			break
		}
		if s := w.nameOddity(c, limit); s != again {
			return s
		}
	}
	if w.rel(w.p) == w.part {
		return w.failAt(w.p, NotWellFormed, "no name where one must be")
	}
	return again
}

// nameOddity takes a colon or a character beyond ASCII in a name.
func (w *work) nameOddity(c byte, limit int) status {
	empty := w.rel(w.p) == w.part
	size := 1
	if c == ':' {
		if empty || w.colon != 0 {
			return w.failAt(w.p, NotWellFormed, "misplaced ':' in a name")
		}
	} else {
		// Stage 1 has found the bytes to be UTF-8; they may still lie behind the size limit.
		b := w.v.bytes(w.p, min(utf8.UTFMax, w.end-w.p))
		if !utf8.FullRune(b) {
			return more
		}
		var r rune
		if r, size = utf8.DecodeRune(b); !isNameRune(r, empty) {
			return w.failAt(w.p, NotWellFormed, "character that cannot be in a name")
		}
	}
	if w.p+size > limit {
		return w.failAt(limit, PolicyViolation, "name too long")
	}
	if c == ':' {
		w.colon = w.rel(w.p) - w.tok
		w.part = w.rel(w.p) + 1
	}
	w.p += size
	return again
}
