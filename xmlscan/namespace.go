// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"encoding/binary"
)

// Names that a scanner must know: they are reserved, or have a meaning of their own in a stream.
const (
	nsXML     = "http://www.w3.org/XML/1998/namespace"
	nsXMLNS   = "http://www.w3.org/2000/xmlns/"
	nsStreams = "http://etherx.jabber.org/streams"
)

// Keys of attribute names, as attr.key holds them.
const (
	keyXMLNS   = 's'<<32 | 'n'<<24 | 'l'<<16 | 'm'<<8 | 'x'
	keyXMLLang = 'g'<<56 | 'n'<<48 | 'a'<<40 | 'l'<<32 | ':'<<24 | 'l'<<16 | 'm'<<8 | 'x'
	keyFrom    = 'm'<<24 | 'o'<<16 | 'r'<<8 | 'f'
	keyTo      = 'o'<<8 | 't'
	keyType    = 'e'<<24 | 'p'<<16 | 'y'<<8 | 't'
	keyID      = 'd'<<8 | 'i'
)

// isSpecialURI says whether a namespace name of this length could be one of the three that are judged.
func isSpecialURI(n int) bool { return n == len(nsXML) || n == len(nsXMLNS) || n == len(nsStreams) }

// noURI marks the bytes that no URI has (RFC 3986) and that a parser may put between a namespace and a local
// name to make one word of them: a line feed, a blank, '|', '}'. Expat ends the stream at a namespace that holds its
// user's separator, whichever that is.
var noURI = func() (t [256]bool) {
	for c := range ' ' + 1 {
		t[c] = true
	}
	for _, c := range []byte("{|}^`\\\x7f") {
		t[c] = true
	}
	return t
}()

// oddURI says whether a namespace name is none that every receiver takes. Eight bytes at a time are looked through
// for any that could be (BenchmarkOddURI): up to a blank, from '[' to '`', from '{' on; nearly never there is one, and
// then each byte is looked at.
func oddURI(uri []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	if len(uri) < 8 {
		return hasNoURI(uri)
	}
	found := uint64(0)
	for i := 0; ; {
		x := binary.LittleEndian.Uint64(uri[i:])
		low := x &^ highs
		found |= (^(low + (0x80-0x21)*ones) | (low+(0x80-'[')*ones)&^(low+(0x80-'a')*ones) | (low + (0x80-'{')*ones)) &^ x
		if i == len(uri)-8 {
			break
		}
		i = min(i+8, len(uri)-8)
	}
	return found&highs != 0 && hasNoURI(uri)
}

func hasNoURI(b []byte) bool {
	for _, c := range b {
		if noURI[c] {
			return true
		}
	}
	return false
}

// finishTag judges the namespaces of a start tag: declarations first (a prefix may be used before it is
// declared, in the same tag), then the element, then its attributes.
func (w *work) finishTag() status {
	for i := w.base; i < w.natt; i++ {
		if s := w.declare(i); s != again {
			return s
		}
	}
	if s := w.judgeElement(); s != again {
		return s
	}
	w.names.clear()
	for i := w.base; i < w.natt; i++ {
		if s := w.judgeAttr(i); s != again {
			return s
		}
	}
	return again
}

// declare takes attribute i if it declares a namespace.
func (w *work) declare(i int) status {
	a := &w.attrs[i]
	switch {
	case a.colon == 0 && a.n == 5 && a.key == keyXMLNS:
		uri := w.refBytes(w.valueRef(a))
		if string(uri) == nsXML || string(uri) == nsXMLNS {
			return w.fail(int(a.off), NotWellFormed, "reserved namespace declared as default")
		}
		w.st.odd = w.st.odd || w.phase != prolog && oddURI(uri)
		w.scope &^= 1
		if string(uri) == nsStreams {
			w.scope |= 1
		}
	case a.colon == 5 && a.key&(1<<40-1) == keyXMLNS:
		return w.declarePrefix(a)
	}
	return again
}

// declarePrefix takes xmlns:prefix='uri' (Namespaces in XML 1.0 §3).
func (w *work) declarePrefix(a *attr) status {
	off, n := a.off+6, int32(a.n)-6
	prefix, at := w.raw(int(off), int(n)), w.valueRef(a)
	uri := w.refBytes(at)
	switch {
	case len(uri) == 0:
		return w.fail(int(a.off), NotWellFormed, "prefix declared with an empty namespace")
	case string(prefix) == "xmlns", string(uri) == nsXMLNS, (string(prefix) == "xml") != (string(uri) == nsXML):
		return w.fail(int(a.off), NotWellFormed, "reserved prefix or namespace in a declaration")
	}
	w.st.odd = w.st.odd || w.phase != prolog && oddURI(uri)
	w.nsBytes += len(prefix) + len(uri)
	if len(w.binds) >= w.lim.NamespaceDecls || w.nsBytes > w.lim.NamespaceBytes {
		return w.fail(int(a.off), PolicyViolation, "too many namespace declarations in scope")
	}
	w.binds = append(w.binds, binding{off: off, n: n, uri: w.known(at)})
	w.scope += 2
	return again
}

// known returns where the namespace name at a ref lies in a declaration that is in scope, and the ref itself when it
// is new. So two prefixes stand for one namespace if their refs are equal: long names are compared here, once for
// each declaration, and not for each attribute that has a prefix.
func (w *work) known(at ref) ref {
	uri := w.refBytes(at)
	for i := range w.binds {
		if w.same(w.refBytes(w.binds[i].uri), uri) {
			return w.binds[i].uri
		}
	}
	if w.ctx != nil {
		for i := range w.ctx.decls {
			if w.same(w.ctx.decls[i].uri, uri) {
				return ref{off: int32(i), in: refHeader}
			}
		}
	}
	return at
}

func (w *work) same(a, b []byte) bool {
	w.sc.count++
	if len(a) != len(b) {
		return false
	}
	w.sc.count += len(a) >> 6
	return bytes.Equal(a, b)
}

// valueRef returns where the normalised value of a lies, normalising it if need be.
func (w *work) valueRef(a *attr) ref {
	if !a.odd {
		return ref{off: a.val, n: a.vlen, in: refRaw}
	}
	from := len(w.decoded)
	w.decoded = appendNormalised(w.decoded, w.raw(int(a.val), int(a.vlen)))
	w.sc.count += int(a.vlen)
	return ref{off: int32(from), n: int32(len(w.decoded) - from), in: refDecoded}
}

// judgeElement resolves the element's own prefix. An element of the streams namespace inside a stanza is
// refused: some receivers take it for a new stream or for the end of this one. A second header between stanzas is
// refused here because it never ends: all that follows would be inside it.
func (w *work) judgeElement() status {
	off := int(w.tag().off)
	in := w.scope&1 != 0
	if w.tagColon != 0 {
		prefix := w.raw(off, w.tagColon)
		if string(prefix) == "xmlns" {
			return w.fail(off, NotWellFormed, "element with the prefix xmlns")
		}
		r, ok := w.resolve(prefix)
		if !ok {
			return w.fail(off, BadNamespacePrefix, "prefix of an element is not declared")
		}
		w.tagNS = r
		in = string(w.refBytes(r)) == nsStreams
	}
	switch {
	case in && w.depth > 0:
		return w.fail(off, BadFormat, "stream element inside a stanza")
	case in && w.phase == stream && string(w.raw(off, int(w.tag().n))[w.localAt():]) == "stream":
		return w.fail(off, UnsupportedStanzaType, "second stream header")
	}
	return again
}

// localAt is where the local part of the tag's name begins in it.
func (w *work) localAt() int {
	if w.tagColon == 0 {
		return 0
	}
	return w.tagColon + 1
}

// judgeAttr resolves the prefix of attribute i and compares it with those before it: two names are one if their
// namespaces and local parts are equal.
func (w *work) judgeAttr(i int) status {
	a := &w.attrs[i]
	if a.colon == 0 || a.colon == 5 && a.key&(1<<40-1) == keyXMLNS {
		w.attrRefs[i] = ref{}
		return again
	}
	r, ok := w.resolve(w.raw(int(a.off), int(a.colon)))
	if !ok {
		return w.fail(int(a.off), BadNamespacePrefix, "prefix of an attribute is not declared")
	}
	w.attrRefs[i] = r
	if w.natt-w.base > manyAttrs {
		if w.repeatedByNS(i) {
			return w.fail(int(a.off), NotWellFormed, "attribute given twice, under two prefixes")
		}
		return again
	}
	local := w.local(a)
	for j := w.base; j < i; j++ {
		w.sc.count++
		if w.attrRefs[j] == r && bytes.Equal(w.local(&w.attrs[j]), local) {
			return w.fail(int(a.off), NotWellFormed, "attribute given twice, under two prefixes")
		}
	}
	return again
}

// local returns the local part of a prefixed attribute's name.
func (w *work) local(a *attr) []byte {
	return w.raw(int(a.off)+int(a.colon)+1, int(a.n)-int(a.colon)-1)
}

// resolve finds what a prefix stands for, innermost declaration first, and notes a use of the header's. Prefixes that
// stand for one namespace have one ref.
func (w *work) resolve(prefix []byte) (ref, bool) {
	for i := len(w.binds) - 1; i >= 0; i-- {
		b := &w.binds[i]
		w.sc.count++
		if bytes.Equal(w.raw(int(b.off), int(b.n)), prefix) {
			return b.uri, true
		}
	}
	if string(prefix) == "xml" {
		return ref{in: refXML}, true
	}
	if w.ctx != nil {
		for i := range w.ctx.decls {
			w.sc.count++
			if d := &w.ctx.decls[i]; d.prefix == string(prefix) {
				w.st.headerPrefixes |= 1 << i
				return ref{off: d.first, in: refHeader}, true
			}
		}
	}
	return ref{}, false
}

// refBytes returns the namespace name that r stands for. It lives as long as the stanza.
func (w *work) refBytes(r ref) []byte {
	switch r.in {
	case refRaw:
		return w.raw(int(r.off), int(r.n))
	case refDecoded:
		return w.decoded[r.off : r.off+r.n]
	case refHeader:
		return w.ctx.decls[r.off].uri
	case refDefault:
		if w.ctx != nil {
			return w.ctx.def
		}
	case refXML:
		return xmlBytes
	}
	return nil
}

var xmlBytes = []byte(nsXML)

// leave ends the scope of an element that began at scope.
func (w *work) leave(scope uint32) {
	for n := int(scope >> 1); len(w.binds) > n; w.binds = w.binds[:len(w.binds)-1] {
		b := &w.binds[len(w.binds)-1]
		w.nsBytes -= int(b.n) + len(w.refBytes(b.uri))
	}
	w.scope = scope
}

// ownNS returns where the value of the tag's own default declaration lies.
func (w *work) ownNS() ref { return w.valueRef(&w.attrs[w.xmlns-1]) }

// elementNS returns the namespace of the element whose start tag was just read; def is the default it inherits.
func (w *work) elementNS(def ref) ref {
	switch {
	case w.tagColon != 0:
		return w.tagNS
	case w.xmlns != 0:
		return w.ownNS()
	}
	return def
}
