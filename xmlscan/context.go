// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "bytes"

// context is what the header leaves behind for the life of the stream. It is immutable; streams of one loop
// whose headers agree share one.
type context struct {
	root           []byte // qualified name of the root element
	def            []byte // default namespace, normalised
	decls          []decl // prefix declarations in the order they came
	lang           []byte // xml:lang as it came, between the quotes
	langQuote      byte   // 0: no xml:lang
	langOdd        bool
	defaultStreams bool // def is the streams namespace
}

// decl is a prefix declaration of the header.
type decl struct {
	prefix string
	uri    []byte // normalised
	first  int32  // the first declaration with this namespace name
}

// declare adds a prefix declaration.
func (c *context) declare(prefix string, uri []byte) {
	d := decl{prefix, uri, int32(len(c.decls))}
	for i := range c.decls {
		if bytes.Equal(c.decls[i].uri, uri) {
			d.first = int32(i)
			break
		}
	}
	c.decls = append(c.decls, d)
}

// contextsKept bounds how many contexts a Scratch remembers for sharing.
const contextsKept = 16

// takeContext makes the context of the header that was just read, or finds an equal one.
func (w *work) takeContext() *context {
	for _, c := range w.sc.contexts {
		if w.agrees(c) {
			return c
		}
	}
	c := &context{root: bytes.Clone(w.raw(int(w.tag().off), int(w.tag().n))), def: bytes.Clone(w.headerDefault())}
	c.defaultStreams = w.scope&1 != 0
	for i := range w.binds {
		b := &w.binds[i]
		c.declare(string(w.raw(int(b.off), int(b.n))), bytes.Clone(w.refBytes(b.uri)))
	}
	if v := w.lookup(keyXMLLang, 8); v.Present() {
		c.lang, c.langQuote, c.langOdd = bytes.Clone(v.Raw()), v.Quote(), !v.Plain()
	}
	if len(w.sc.contexts) == contextsKept {
		w.sc.contexts = append(w.sc.contexts[:0], w.sc.contexts[1:]...)
	}
	w.sc.contexts = append(w.sc.contexts, c)
	return c
}

// headerDefault returns the default namespace that the header declares.
func (w *work) headerDefault() []byte {
	if w.xmlns == 0 {
		return nil
	}
	return w.refBytes(w.ownNS())
}

// agrees says whether c is the context of the header that was just read.
func (w *work) agrees(c *context) bool {
	v := w.lookup(keyXMLLang, 8)
	if len(c.decls) != len(w.binds) || c.langQuote != v.Quote() || !bytes.Equal(c.lang, v.Raw()) ||
		!bytes.Equal(c.root, w.raw(int(w.tag().off), int(w.tag().n))) || !bytes.Equal(c.def, w.headerDefault()) {
		return false
	}
	for i := range w.binds {
		b := &w.binds[i]
		if c.decls[i].prefix != string(w.raw(int(b.off), int(b.n))) || !bytes.Equal(c.decls[i].uri, w.refBytes(b.uri)) {
			return false
		}
	}
	return true
}
