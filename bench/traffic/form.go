// SPDX-License-Identifier: Apache-2.0

package traffic

import "bytes"

// form is one way of writing the stanzas of a shape for one flow: the whole
// text, with the places where token and noise go. Immutable once made.
type form struct {
	text   []byte
	tokens []int // offsets of the tokens, ascending; at least one
	noise  hole
}

// hole is where noise goes; len 0 if there is none.
type hole struct{ at, len int }

func newForm(parts []part, from, to string) *form {
	f := &form{}
	mark := bytes.Repeat([]byte{tokenMark}, tokenLen)
	for _, p := range parts {
		switch p.place {
		case placeFrom:
			f.text = append(f.text, from...)
		case placeTo:
			f.text = append(f.text, to...)
		case placeID:
			f.tokens = append(f.tokens, len(f.text))
			f.text = append(f.text, mark...)
		case placeText:
			f.tokens = append(f.tokens, len(f.text))
			f.text = append(f.text, mark...)
			f.noise = hole{len(f.text), p.noise}
			f.text = append(f.text, make([]byte, p.noise)...)
		default:
			f.text = append(f.text, p.text...)
		}
	}
	return f
}

// learnForm makes a form of a stanza as a server wrote it. ok is false if the
// places of the original are not all found in it.
func learnForm(raw []byte, orig *form, tok *token, noise []byte) (f *form, ok bool) {
	f = &form{text: bytes.Clone(raw)}
	for at := 0; ; at += tokenLen {
		i := bytes.Index(raw[at:], tok[:])
		if i < 0 {
			break
		}
		at += i
		f.tokens = append(f.tokens, at)
	}
	if orig.noise.len > 0 {
		f.noise = hole{bytes.Index(raw, noise[:orig.noise.len]), orig.noise.len}
	}
	return f, len(f.tokens) == len(orig.tokens) && f.noise.at >= 0
}

// appendTo writes one stanza. noise holds at least f.noise.len bytes.
func (f *form) appendTo(dst []byte, tok *token, noise []byte) []byte {
	at := len(dst)
	dst = append(dst, f.text...)
	b := dst[at:]
	for _, i := range f.tokens {
		copy(b[i:i+tokenLen], tok[:])
	}
	copy(b[f.noise.at:f.noise.at+f.noise.len], noise)
	return dst
}
