// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "bytes"

// startTag begins a start tag whose name must begin at the walker's position.
func (w *work) startTag() status {
	if w.depth >= w.lim.Depth {
		return w.failAt(w.p-1, PolicyViolation, "nested too deeply")
	}
	if w.depth >= w.deepAt && w.phase != prolog {
		w.st.deep = w.cfg.DeepAt > 0
	}
	if w.elems++; w.elems > w.lim.Elements {
		return w.failAt(w.p-1, PolicyViolation, "too many elements")
	}
	w.openTag()
	w.startPart()
	w.state = inStartName
	return again
}

// openTag clears what belongs to one start tag.
func (w *work) openTag() {
	w.seen, w.xmlns, w.special = 0, 0, false
	w.natt = w.base
	w.attrEnd = min(w.base+w.manyAt, len(w.attrs))
	w.tagColon = 0
	w.tag().scope = w.scope
}

// startName walks the element's name.
func (w *work) startName() status {
	if s := w.name(); s != again {
		return s
	}
	n := w.rel(w.p) - w.tok
	o := w.tag()
	o.key, o.off, o.n = key(w.raw(w.tok, n)), int32(w.tok), int32(n)
	if w.tagColon = w.colon; w.colon != 0 {
		w.special = true
	}
	w.state = inTag
	return again
}

// key returns the first 8 bytes of a name, the first one lowest.
func key(name []byte) (k uint64) {
	for i := min(len(name), 8) - 1; i >= 0; i-- {
		k = k<<8 | uint64(name[i])
	}
	return k
}

// inTag expects an attribute (behind white space only), '/' or '>'.
func (w *work) inTag() status {
	if w.p == w.end {
		return more
	}
	switch c := w.v.at(w.p); {
	case isSpace(c):
		w.p++
		w.state = inTagSpace
		return again
	case c == '>':
		w.p++
		return w.endOfStartTag(false)
	case c == '/':
		w.p++
		w.state = atEmptyEnd
		return again
	case w.state == inTag:
		return w.failAt(w.p, NotWellFormed, "no white space before an attribute")
	}
	return w.startAttr()
}

// startAttr begins an attribute whose name must begin at the walker's position.
func (w *work) startAttr() status {
	if w.natt-w.base >= w.lim.Attributes {
		return w.failAt(w.p, PolicyViolation, "too many attributes")
	}
	if w.natt-w.base >= w.manyAt && w.phase != prolog && w.cfg.ManyAt > 0 {
		w.st.many = w.natt-w.base >= w.cfg.ManyAt || w.st.many
	}
	if w.natt == len(w.attrs) {
		w.attrs = append(w.attrs, make([]attr, len(w.attrs))...)
		w.attrRefs = append(w.attrRefs, make([]ref, len(w.attrRefs))...)
	}
	w.startPart()
	w.state = inAttrName
	return again
}

func (w *work) attrName() status {
	if s := w.name(); s != again {
		return s
	}
	n := w.rel(w.p) - w.tok
	w.attrs[w.natt] = attr{key: key(w.raw(w.tok, n)), off: int32(w.tok), n: uint16(n), colon: uint16(w.colon)}
	w.state = atEquals
	return again
}

func (w *work) equals() status {
	if !w.skipSpace() {
		return more
	}
	if w.v.at(w.p) != '=' {
		return w.failAt(w.p, NotWellFormed, "attribute without a value")
	}
	w.p++
	w.state = atQuote
	return again
}

func (w *work) openQuote() status {
	if !w.skipSpace() {
		return more
	}
	w.quote = w.v.at(w.p)
	if w.quote != '\'' && w.quote != '"' {
		return w.failAt(w.p, NotWellFormed, "attribute value without quotes")
	}
	w.p++
	w.tok = w.rel(w.p)
	w.odd = false
	w.state = inValue
	return again
}

// value walks to the closing quote.
func (w *work) value() status {
	k := markApos
	if w.quote == '"' {
		k = markQuot
	}
	q := min(w.m.next(k, w.p), w.end)
	w.sc.count += (q - w.p) >> 6
	w.p = q
	if q == w.end {
		return more
	}
	w.p++
	switch w.v.at(q) {
	case w.quote:
		return w.endOfAttr(w.rel(q))
	case '&':
		w.odd = true
		w.startRef(inValue)
		w.p = q + 1
	case '<':
		return w.failAt(q, NotWellFormed, "'<' in an attribute value")
	default:
		w.odd = true
	}
	return again
}

// endOfAttr takes the attribute whose value ends at offset end.
func (w *work) endOfAttr(end int) status {
	a := &w.attrs[w.natt]
	a.val, a.vlen, a.odd = int32(w.tok), int32(end-w.tok), w.odd
	h := nameHash(a.key, int(a.n))
	if w.natt-w.base >= manyAttrs && w.repeated() || w.seen>>h&1 != 0 && w.duplicate(a) {
		return w.fail(int(a.off), NotWellFormed, "attribute given twice")
	}
	w.seen |= 1 << h
	if w.depth == 0 {
		w.slots[h] = uint8(w.natt)
	}
	switch {
	case a.colon == 0 && a.n == 5 && a.key == keyXMLNS:
		w.xmlns = w.natt + 1
		w.special = true
	case a.colon != 0 && !(a.key == keyXMLLang && a.n == 8):
		w.special = true
	}
	w.natt++
	w.state = inTag
	return again
}

// duplicate compares the names of the tag's attributes with that of a, the newest. It is asked only when the
// hashes meet, and among so few that what a sender can make it cost is bounded.
func (w *work) duplicate(a *attr) bool {
	if w.natt-w.base >= manyAttrs {
		return false // repeated has been asked
	}
	for i := w.base; i < w.natt; i++ {
		b := &w.attrs[i]
		w.sc.count++
		if a.key == b.key && a.n == b.n && (a.n <= 8 ||
			bytes.Equal(w.raw(int(a.off), int(a.n)), w.raw(int(b.off), int(b.n)))) {
			return true
		}
	}
	return false
}

func (w *work) emptyEnd() status {
	if w.p == w.end {
		return more
	}
	if w.v.at(w.p) != '>' {
		return w.failAt(w.p, NotWellFormed, "'/' inside a tag")
	}
	w.p++
	return w.endOfStartTag(true)
}

// endOfStartTag is at work behind the '>' of a start tag.
func (w *work) endOfStartTag(empty bool) status {
	if w.special || w.scope&1 != 0 {
		if s := w.finishTag(); s != again {
			return s
		}
	}
	if w.phase == prolog {
		return w.endOfHeader(empty)
	}
	switch {
	case w.depth == 0:
		w.takeTop()
	case w.depth == 1 && !w.st.hasPayload:
		w.takePayload()
	}
	w.state = inContent
	if empty {
		w.leave(w.tag().scope)
		if w.depth == 0 {
			return stanza
		}
		return again
	}
	if w.depth++; w.depth == len(w.opened) {
		w.opened = append(w.opened, make([]open, len(w.opened))...)
	}
	return again
}

// takeTop notes what the stanza's own start tag said.
func (w *work) takeTop() {
	w.base, w.topN = w.natt, w.natt
	w.st.tagEnd = int32(w.rel(w.p))
	w.st.top = element{off: w.tag().off, n: w.tag().n, colon: int32(w.tagColon), ns: w.elementNS(ref{in: refDefault})}
	w.st.def = w.st.top.ns
	if w.xmlns != 0 {
		w.st.xmlns = int32(w.xmlns)
		w.st.def = w.ownNS()
	} else if w.tagColon != 0 {
		w.st.def = ref{in: refDefault}
	}
}

// takePayload notes the first child's name and namespace.
func (w *work) takePayload() {
	w.st.hasPayload = true
	w.st.payload = element{off: w.tag().off, n: w.tag().n, colon: int32(w.tagColon), ns: w.elementNS(w.st.def)}
}

// endName compares an end tag with the element it must close, byte by byte as they come.
func (w *work) endName() status {
	want := w.closing()
	i := w.rel(w.p) - w.tok
	n := min(len(want)-i, w.end-w.p)
	for ; n > 0; n-- {
		w.sc.count++
		if w.v.at(w.p) != want[i] {
			return w.failAt(w.p, NotWellFormed, "end tag of another element")
		}
		w.p++
		i++
	}
	if i < len(want) {
		return more
	}
	w.state = inEndSpace
	return again
}

// closing returns the qualified name that the next end tag must have.
func (w *work) closing() []byte {
	if w.depth == 0 {
		return w.ctx.root
	}
	o := &w.opened[w.depth-1]
	return w.raw(int(o.off), int(o.n))
}

func (w *work) endSpace() status {
	if !w.skipSpace() {
		return more
	}
	if w.v.at(w.p) != '>' {
		return w.failAt(w.p, NotWellFormed, "end tag of another element")
	}
	w.p++
	if w.depth == 0 {
		w.phase = epilog
		return finish
	}
	w.depth--
	w.leave(w.opened[w.depth].scope)
	w.state = inContent
	if w.depth == 0 {
		return stanza
	}
	return again
}
