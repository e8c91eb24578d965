// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "strings"

// run walks until something is complete, fails, or the data ends. The fast walker goes first wherever it may
// begin; each step of the complete one makes progress, so the two cannot pass the buck for ever.
func (w *work) run() status {
	for {
		if (w.state == inContent || w.state == inTag || w.state == atRest) && !w.sc.slow {
			if s := w.fast(); s != again {
				return s
			}
		}
		w.sc.count++
		if s := w.step(); s != again {
			return s
		}
	}
}

// step walks one token, or the part of it that is there.
func (w *work) step() status {
	switch w.state {
	case atRest:
		return w.rest()
	case inContent:
		return w.content()
	case inMarkup:
		return w.markup()
	case inBang:
		return w.bang()
	case inCDATA:
		return w.cdata()
	case inDecl:
		return w.decl()
	case inRef:
		return w.reference()
	case inStartName:
		return w.startName()
	case inTag, inTagSpace:
		return w.inTag()
	case inAttrName:
		return w.attrName()
	case atEquals:
		return w.equals()
	case atQuote:
		return w.openQuote()
	case inValue:
		return w.value()
	case atEmptyEnd:
		return w.emptyEnd()
	case inEndName:
		return w.endName()
	case inEndSpace:
		return w.endSpace()
	}
	panic("xmlscan: walker in no state")
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// skipSpace passes white space and says whether a byte follows it.
func (w *work) skipSpace() bool {
	for w.p < w.end {
		if !isSpace(w.v.at(w.p)) {
			return true
		}
		w.p++
		w.sc.count++
	}
	return false
}

// rest walks stream level: white space between stanzas, before the root and behind it.
func (w *work) rest() status {
	w.end = w.valid
	if w.phase == prolog && w.abs(w.p) == 0 && w.p < w.end && w.v.at(w.p) == 0xEF {
		return w.byteOrderMark()
	}
	if !w.skipSpace() {
		return more
	}
	c := w.v.at(w.p)
	if c != '<' || w.phase == epilog {
		w.start = w.p
		return w.failAt(w.p, w.strayCondition(), "text outside a stanza")
	}
	w.reset()
	w.p++
	w.state = inMarkup
	return again
}

// byteOrderMark drops U+FEFF at the very start (any other character from U+F000 up is an error there).
func (w *work) byteOrderMark() status {
	w.start = w.p
	if w.v.at(w.p+1) != 0xBB || w.v.at(w.p+2) != 0xBF {
		return w.failAt(w.p, NotWellFormed, "text before the root element")
	}
	w.p += 3
	w.bom = true
	return again
}

// strayCondition is for character data at stream level. Inside the root it is XML, but not a stream's.
func (w *work) strayCondition() Condition {
	if w.phase == stream {
		return BadFormat
	}
	return NotWellFormed
}

// content walks text up to the next markup.
func (w *work) content() status {
	q := min(w.m.next(markText, w.p), w.end)
	w.sc.count += (q - w.p) >> 6
	w.p = q
	if q == w.end {
		return more
	}
	switch w.v.at(q) {
	case '<':
		w.state = inMarkup
	case '&':
		w.startRef(inContent)
	default: // '>': the bytes before it are the stanza's, and ']' ends no markup
		if w.v.at(q-1) == ']' && w.v.at(q-2) == ']' {
			return w.failAt(q, NotWellFormed, "\"]]>\" in text")
		}
	}
	w.p++
	return again
}

// markup looks at the byte behind '<'.
func (w *work) markup() status {
	if w.p == w.end {
		return more
	}
	switch c := w.v.at(w.p); c {
	case '/':
		if w.phase == prolog {
			return w.failAt(w.p, NotWellFormed, "end tag before the root element")
		}
		w.p++
		w.tok = w.rel(w.p)
		w.state = inEndName
	case '!':
		w.p++
		w.tok = w.rel(w.p)
		w.state = inBang
	case '?':
		if at := w.abs(w.p - 1); w.phase != prolog || at != 0 && !(at == 3 && w.bom) {
			return w.failAt(w.p-1, RestrictedXML, "processing instruction")
		}
		w.p++
		w.state = inDecl
	default:
		return w.startTag()
	}
	return again
}

var bangWords = [...]string{"--", "[CDATA[", "DOCTYPE"}

// bang reads what follows "<!" byte by byte; there are three words it can be.
func (w *work) bang() status {
	for w.p < w.end {
		n := w.rel(w.p) - w.tok + 1
		word := string(w.raw(w.tok, n))
		w.p++
		for i, b := range bangWords {
			switch {
			case word == b:
				return w.bangWord(i)
			case strings.HasPrefix(b, word):
				n = 0
			}
		}
		if n != 0 {
			return w.failAt(w.p-1, NotWellFormed, "unknown markup behind \"<!\"")
		}
	}
	return more
}

func (w *work) bangWord(i int) status {
	at := w.tok - 2
	switch {
	case i == 0:
		return w.fail(at, RestrictedXML, "comment")
	case i == 2:
		return w.fail(at, RestrictedXML, "document type")
	case w.depth == 0:
		return w.fail(at, w.strayCondition(), "CDATA section outside a stanza")
	}
	w.state = inCDATA
	return again
}

// cdata walks to "]]>". The section's own opening has no ']' that could be taken for part of it.
func (w *work) cdata() status {
	q := min(w.m.next(markText, w.p), w.end)
	w.sc.count += (q - w.p) >> 6
	w.p = q
	if q == w.end {
		return more
	}
	w.p++
	if w.v.at(q) == '>' && w.v.at(q-1) == ']' && w.v.at(q-2) == ']' {
		w.state = inContent
	}
	return again
}
