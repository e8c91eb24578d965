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

// A quote with the '=' before it, as view.u16 reads them.
const (
	equalsApos = '=' | '\''<<8
	equalsQuot = '=' | '"'<<8
)

// fastName is the longest name the fast walker takes: one load from a bitmap must show its end.
const fastName = 56

// fast walks the shapes that streams are made of: unprefixed ASCII names (and xml:lang), attributes with one
// blank before them and none in them, plain values, text. At anything else, and where a load would reach over
// the end of the data, it stops in front of the token, leaving the state as the complete walker would have it
// there. It reports no fault: what looks wrong here is looked at again there.
//
// It is one function because its labels are its states and its variables stay in registers; as a function per
// tag it measured 12 % slower (docs/notes/xmlscan.md).
func (w *work) fast() status {
	var (
		v, m = w.v, w.m
		p    = w.p
		end  = w.end
		x, k uint64
		n, q int
	)
	switch w.state {
	case inTag:
		goto tag
	case atRest:
		end = w.valid
		if w.phase != stream || p+2 > end || v.at(p) != '<' || !nameStart[v.at(p+1)] {
			return again
		}
		w.end = end
		w.reset()
		end = w.end
		w.state = inContent
		goto startTag
	}

content: // p is behind a tag or in text
	if x = m.near(markText, p); x != 0 {
		q = p + bits.TrailingZeros64(x)
	} else {
		q = m.far(markText, p)
	}
	if q+2 > end || v.at(q) != '<' {
		w.p = p
		return again
	}
	p = q
	if v.at(p+1) != '/' {
		goto startTag
	}

	{ // An end tag. Its name's bytes are loaded so that the last one is the last of the load: it may be the end of the data.
		o := &w.opened[w.depth-1]
		n = int(o.n)
		q = p + 2 + n
		if n > 8 || q >= end || q-8 < w.start || v.u64(q-8)>>(64-8*uint(n)) != o.key || v.at(q) != '>' {
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
	}

startTag: // p is at '<'
	if p+9 > end || w.depth >= w.lim.Depth || w.elems >= w.lim.Elements {
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
	w.tag = open{key: k & keyMask[n&63], off: int32(p + 1 - w.start), n: int32(n)}
	p = q

tag: // p is behind the element's name or a value
	if p+10 > end {
		goto tagAtEnd
	}
	if v.at(p) == ' ' {
		k = v.u64(p + 1)
		n = bits.TrailingZeros64(m.near(markName, p+1))
		q = p + 1 + n // behind the name
		if n > w.nameEnd || !nameStart[byte(k)] || w.natt >= w.attrEnd || q+2 > end {
			goto oddAttr
		}
		u := v.u16(q)
		kind := markApos
		if u != equalsApos {
			kind = markQuot
			if u != equalsQuot {
				goto oddAttr
			}
		}
		a := &w.attrs[w.natt]
		a.key = k & keyMask[n&63]
		a.off, a.n, a.colon, a.odd = int32(p+1-w.start), uint16(n), 0, false
		q += 2
		a.val = int32(q - w.start)
		val := q
		if x = m.near(kind, q); x != 0 {
			q += bits.TrailingZeros64(x)
		} else {
			q = m.far(kind, q)
		}
		if q >= end || v.at(q) != byte(u>>8) {
			goto oddAttr
		}
		a.vlen = int32(q - val)
		h := nameHash(a.key, n)
		if w.seen>>h&1 != 0 && w.duplicate(a) {
			goto oddAttr
		}
		w.seen |= 1 << h
		if w.depth == 0 {
			w.slots[h] = uint8(w.natt)
		}
		w.natt++
		if a.key == keyXMLNS && n == 5 {
			w.xmlns = w.natt
			if isSpecialURI(q - val) {
				w.special = true
			}
		}
		p = q + 1
		goto tag
	}

tagAtEnd:
	if p < end && v.at(p) == '>' {
		w.p = p + 1
		if s := w.endOfStartTag(false); s != again {
			return s
		}
		p++
		goto content
	}
	if p+1 < end && v.at(p) == '/' && v.at(p+1) == '>' {
		w.p = p + 2
		if s := w.endOfStartTag(true); s != again {
			return s
		}
		p += 2
		goto content
	}

oddAttr:
	w.p = p
	w.state = inTag
	return again
}

// stepBack leaves a '<' at which the fast walker has stopped to the complete one.
func (w *work) stepBack() status {
	if w.depth == 0 {
		w.state = atRest
	}
	return again
}
