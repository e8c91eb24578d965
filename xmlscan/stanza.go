// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "math/bits"

// Stanza is a whole, validated element at depth 1. It and everything taken from it is a view of the bytes
// that came and is valid until the next Next or Feed. Offsets count in Raw.
type Stanza struct {
	Raw   []byte // '<' to '>'
	Start int    // where Raw lies in the b of the last Feed; -1 when it does not lie there

	w              *work
	top, payload   element
	def            ref // default namespace inside the stanza
	xmlns          int32
	tagEnd         int32
	hasPayload     bool
	headerPrefixes uint64
	deep, many     bool
	odd            bool
}

// element is a name and its namespace.
type element struct {
	off, n, colon int32 // the qualified name; colon is the length of the prefix, 0 without one
	ns            ref
}

func (e *element) local(raw []byte) []byte {
	if e.colon != 0 {
		return raw[e.off+e.colon+1 : e.off+e.n]
	}
	return raw[e.off : e.off+e.n]
}

func (e *element) prefix(raw []byte) []byte {
	if e.colon == 0 {
		return nil
	}
	return raw[e.off : e.off+e.colon]
}

// clear forgets the stanza before.
func (s *Stanza) clear() {
	s.hasPayload = false
	s.xmlns = 0
	s.headerPrefixes = 0
	s.deep, s.many, s.odd = false, false, false
}

// Deep says whether anything in it is nested deeper than Config.DeepAt.
func (s *Stanza) Deep() bool { return s.deep }

// Many says whether an element in it has more attributes than Config.ManyAt.
func (s *Stanza) Many() bool { return s.many }

// OddNamespace says whether it declares a namespace, or uses one of the stream header's, whose name is
// no URI in a way that ends the stream of some receivers: those whose parser puts the character there that it has
// between namespaces and names.
func (s *Stanza) OddNamespace() bool {
	if s.odd {
		return true
	}
	for used := s.headerPrefixes; used != 0; used &= used - 1 {
		if oddURI(s.w.ctx.decls[bits.TrailingZeros64(used)].uri) {
			return true
		}
	}
	return false
}

// Local returns the local part of the element's name.
func (s *Stanza) Local() []byte { return s.top.local(s.Raw) }

// Prefix returns the prefix of the element's name, nil without one.
func (s *Stanza) Prefix() []byte { return s.top.prefix(s.Raw) }

// NS returns the element's namespace, normalised; nil when it is in none.
func (s *Stanza) NS() []byte { return s.w.refBytes(s.top.ns) }

// Payload returns the local part of the first child element's name, nil without a child.
func (s *Stanza) Payload() []byte {
	if !s.hasPayload {
		return nil
	}
	return s.payload.local(s.Raw)
}

// PayloadNS returns the namespace of the first child element, normalised; nil without a child or a namespace.
func (s *Stanza) PayloadNS() []byte {
	if !s.hasPayload {
		return nil
	}
	return s.w.refBytes(s.payload.ns)
}

// From, To, Type and ID return the unprefixed attributes of those names; Lang returns xml:lang.

func (s *Stanza) From() Value { return s.w.lookup(keyFrom, 4) }

// To returns the attribute "to".
func (s *Stanza) To() Value { return s.w.lookup(keyTo, 2) }

// Type returns the attribute "type".
func (s *Stanza) Type() Value { return s.w.lookup(keyType, 4) }

// ID returns the attribute "id".
func (s *Stanza) ID() Value { return s.w.lookup(keyID, 2) }

// Lang returns the attribute "xml:lang" of the stanza itself; the header's is Scanner.HeaderLang.
func (s *Stanza) Lang() Value { return s.w.lookup(keyXMLLang, 8) }

// NameEnd returns the offset behind the element's name, where an attribute can be put in.
func (s *Stanza) NameEnd() int { return int(s.top.off + s.top.n) }

// TagEnd returns the offset behind the '>' of the element's start tag.
func (s *Stanza) TagEnd() int { return int(s.tagEnd) }

// XMLNS returns the span of the element's own default namespace declaration, the white space before it
// included, so that cutting the span out leaves a well-formed tag. ok is false when it has none.
func (s *Stanza) XMLNS() (start, end int, ok bool) {
	if s.xmlns == 0 {
		return 0, 0, false
	}
	a := &s.w.attrs[s.xmlns-1]
	start = int(a.off)
	for isSpace(s.Raw[start-1]) {
		start--
	}
	return start, int(a.val+a.vlen) + 1, true
}

// HeaderPrefixes says which prefix declarations of the stream header the stanza uses, at any depth: bit i
// stands for Scanner.HeaderDecl(i). A stanza that goes to another stream must declare them itself.
func (s *Stanza) HeaderPrefixes() uint64 { return s.headerPrefixes }

// lookup returns an attribute of the stanza's (or header's) own tag by its name of at most 8 bytes. The slot
// that the name's hash leads to nearly always has it; another name may have taken the slot since.
func (w *work) lookup(k uint64, n uint16) Value {
	if i := int(w.slots[nameHash(k, int(n))]); i < w.topN {
		if a := &w.attrs[i]; a.key == k && a.n == n {
			return w.attrValue(a)
		}
	}
	for i := range w.attrs[:w.topN] {
		if a := &w.attrs[i]; a.key == k && a.n == n {
			return w.attrValue(a)
		}
	}
	return Value{}
}

func (w *work) attrValue(a *attr) Value {
	return Value{raw: w.raw(int(a.val), int(a.vlen)), quote: w.v.at(w.start + int(a.val) - 1), odd: a.odd}
}

// nameHash spreads attribute names over 64 slots by their first 8 bytes and length. The factor keeps the names
// that stanzas are made of apart; names chosen to meet cost comparisons, which the attribute limit bounds.
func nameHash(key uint64, n int) uint64 { return ((key + uint64(n)) * 0x9E3779B97F4A7C15) >> 58 }
