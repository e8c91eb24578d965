// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "math/bits"

// keyMask keeps the first n bytes of a key, all 8 from 8 on.
var keyMask = func() (t [64]uint64) {
	for n := range t {
		t[n] = ^uint64(0)
		if n < 8 {
			t[n] = 1<<(8*n) - 1
		}
	}
	return t
}()

// endsName holds what may follow an element's name for the fast walker: not ':' nor a byte of a longer character.
var endsName = [256]bool{' ': true, '>': true, '/': true}

// A quote with the '=' before it, as view.u16 reads them, and what turns one into the other.
const (
	equalsApos = '=' | '\''<<8
	equalsQuot = '=' | '"'<<8
	otherQuote = equalsApos ^ equalsQuot
	otherMark  = markApos ^ markQuot
)

// fastName is the longest name the fast walker takes: one load from a bitmap must show its end and what follows.
const fastName = 48

// fast walks the shapes that streams are made of: unprefixed ASCII names (and xml:lang), attributes with one
// blank before them and none in them, plain values, text with the predefined entities. At anything else, and
// where a load would reach over the end of the data, it stops in front of the token, leaving the state as the
// complete walker would have it there. It reports no fault: what looks wrong here is looked at again there.
//
// The time goes into waiting, for a load that tells where the next token begins and for branches that were
// guessed wrong. So an attribute's end is found from its beginning in one load: the first two marks for its quote
// are its quotes, or it is not of the plain shape; that its name ends before the first is checked on the side.
//
// It is one function because its labels are its states and its variables stay in registers.
func (w *work) fast() status {
	var (
		v, m     = w.v, w.m
		p, end   = w.p, w.end
		kind, eq = markApos, uint16(equalsApos)
		natt     = w.natt
		seen     = w.seen
		x, k     uint64
		n, q, t  int
		o        *open
	)
	switch w.state {
	case inTag:
		goto tag
	case atRest:
		if w.phase != stream || p+2 > w.valid || v.at(p) != '<' || !nameStart[v.at(p+1)] {
			return again
		}
		w.end = w.valid
		w.reset()
		end = w.end
		w.state = inContent
		goto startTag
	}

content: // p is behind a tag or a reference, or in text
	if p+2 > end {
		w.p = p
		return again
	}
	if v.at(p) != '<' {
		q = p
		if x = m.near(markText, p); x != 0 {
			p += bits.TrailingZeros64(x)
		} else {
			p = m.far(markText, p)
		}
		if p+2 > end {
			w.p = q
			return again
		}
		switch v.at(p) {
		case '>':
			if v.u16(p-2) != ']'|']'<<8 {
				p++
				goto content
			}
			w.p = p
			return again
		case '&':
			if n = w.entity(p); n != 0 {
				p += n
				goto content
			}
			w.p = p
			return again
		}
	}
	if v.at(p+1) != '/' {
		goto startTag
	}

	// An end tag. The last 8 bytes of its name are loaded so that the load never reaches over the data's end; what
	// a short name's load finds before the name is shifted out.
	o = &w.opened[w.depth-1]
	n = int(o.n)
	q = p + 2 + n
	if q >= end || v.at(q) != '>' || q-8 < w.start {
		w.p = p
		return again
	}
	if n <= 8 {
		if v.u64(q-8)>>(64-8*uint(n)) != o.key {
			w.p = p
			return again
		}
	} else if n > 16 || v.u64(p+2) != o.key || v.u64(q-8) != v.u64(w.start+int(o.off)+n-8) {
		w.p = p
		return again
	}
	p = q + 1
	w.depth--
	if w.scope != o.scope {
		w.leave(o.scope)
	}
	if w.depth == 0 {
		w.p = p
		return stanza
	}
	goto content

startTag: // p is at '<'
	if p+9 > end || w.depth >= w.deepAt || w.elems >= w.lim.Elements {
		w.p = p
		return w.stepBack()
	}
	k = v.u64(p + 1)
	n = bits.TrailingZeros64(m.near(markName, p+1))
	q = p + 1 + n
	if !nameStart[byte(k)] || n > w.nameEnd || q >= end || !endsName[v.at(q)] {
		w.p = p
		return w.stepBack()
	}
	w.elems++
	w.openTag()
	o = w.tag()
	o.key, o.off, o.n = k&keyMask[n&63], int32(p+1-w.start), int32(n)
	natt, seen = w.base, 0
	p = q

tag: // p is behind the element's name or a value
	if p+10 > end || v.at(p) != ' ' {
		goto endOfTag
	}
	k = v.u64(p + 1)
	n = bits.TrailingZeros64(m.near(markName, p+1))

attribute:
	x = m.near(kind, p)
	t = bits.TrailingZeros64(x)
	if t != n+2 || n > w.nameEnd || !nameStart[byte(k)] || natt >= w.attrEnd {
		goto oddAttribute
	}
	if x &= x - 1; x != 0 {
		q = p + bits.TrailingZeros64(x)
	} else {
		q = m.far(kind, p+t+1)
	}
	if q >= end || v.u16(p+n+1) != eq || v.at(q) != byte(eq>>8) {
		goto oddAttribute
	}
	{
		a := &w.attrs[natt]
		a.key = k & keyMask[n&63]
		a.off, a.val, a.vlen = int32(p+1-w.start), int32(p+t+1-w.start), int32(q-p-t-1)
		a.n, a.colon, a.odd = uint16(n), 0, false
		h := nameHash(a.key, n)
		if seen>>h&1 != 0 {
			if w.natt = natt; w.duplicate(a) {
				goto oddAttribute
			}
		}
		seen |= 1 << h
		if w.depth == 0 {
			w.slots[h] = uint8(natt)
		}
		natt++
		if a.key == keyXMLNS && n == 5 {
			w.xmlns = natt
			if isSpecialURI(int(a.vlen)) || oddURI(w.raw(int(a.val), int(a.vlen))) {
				w.special = true
			}
		}
	}
	p = q + 1
	goto tag

oddAttribute: // perhaps it is only in the other quotes, or xml:lang
	if p+n+3 <= end && n <= w.nameEnd && v.u16(p+n+1) == eq^otherQuote {
		kind, eq = kind^otherMark, eq^otherQuote
		goto attribute
	}
	if n == 3 && k == keyXMLLang {
		n = 8
		goto attribute
	}
	w.p, w.natt, w.seen = p, natt, seen
	w.state = inTag
	return again

endOfTag:
	n = 0 // 1: '>', 2: "/>"
	if p < end && v.at(p) == '>' {
		n = 1
	} else if p+1 < end && v.at(p) == '/' && v.at(p+1) == '>' {
		n = 2
	}
	if n == 0 {
		w.p, w.natt, w.seen = p, natt, seen
		w.state = inTag
		return again
	}
	p += n
	if w.depth <= 1 || w.special || w.scope&1 != 0 || w.depth+1 == len(w.opened) {
		w.p, w.natt, w.seen = p, natt, seen
		if s := w.endOfStartTag(n == 2); s != again {
			return s
		}
		goto content
	}
	w.state = inContent
	if n == 1 {
		w.depth++
	}
	goto content
}

// stepBack leaves a '<' at which the fast walker has stopped to the complete one.
func (w *work) stepBack() status {
	if w.depth == 0 {
		w.state = atRest
	}
	return again
}

// entity returns the length of the predefined entity reference at p, 0 if there is none or it is near the end.
func (w *work) entity(p int) int {
	if p+8 > w.end {
		return 0
	}
	switch x := w.v.u64(p + 0); {
	case x<<32>>32 == '&'|'l'<<8|'t'<<16|';'<<24, x<<32>>32 == '&'|'g'<<8|'t'<<16|';'<<24:
		return 4
	case x<<24>>24 == '&'|'a'<<8|'m'<<16|'p'<<24|';'<<32:
		return 5
	case x<<16>>16 == '&'|'a'<<8|'p'<<16|'o'<<24|'s'<<32|';'<<40, x<<16>>16 == '&'|'q'<<8|'u'<<16|'o'<<24|'t'<<32|';'<<40:
		return 6
	}
	return 0
}
