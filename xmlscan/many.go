// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"hash/maphash"
)

// manyAttrs is how many attributes of one tag are compared with each other. The names of more are looked up in a
// set, or a tag would cost the square of its length.
const manyAttrs = 256

// namesKept is how many names a set has room for between tags.
const namesKept = 2 * manyAttrs

// nameSet is the attributes of one tag, by a hash of their names that no sender can foresee. The zero set is empty.
type nameSet struct {
	seed maphash.Seed
	at   map[uint64]int32 // index in work.attrs
}

// clear empties the set. A map that has grown is let go, since it would take as long to empty for every small tag behind
// the large one, and hold its memory.
func (s *nameSet) clear() {
	switch n := len(s.at); {
	case n > namesKept:
		*s = nameSet{}
	case n > 0:
		clear(s.at)
	}
}

// hash begins the hash of a name.
func (s *nameSet) hash() (h maphash.Hash) {
	if s.at == nil {
		s.seed, s.at = maphash.MakeSeed(), make(map[uint64]int32)
	}
	h.SetSeed(s.seed)
	return h
}

// repeated says whether the newest of many attributes has the name of another one. The first time in a tag it takes
// in those that have been compared.
func (w *work) repeated() bool {
	if w.natt-w.base == manyAttrs {
		w.names.clear()
		for i := w.base; i < w.natt; i++ {
			w.takeName(i)
		}
	}
	return w.takeName(w.natt)
}

// takeName puts the name of attribute i into the set, and says whether it was there.
func (w *work) takeName(i int) bool {
	name := func(i int) []byte { return w.raw(int(w.attrs[i].off), int(w.attrs[i].n)) }
	h := w.names.hash()
	_, _ = h.Write(name(i)) // never fails
	return w.take(i, h.Sum64(), func(j int) bool { return bytes.Equal(name(i), name(j)) })
}

// repeatedByNS says whether attribute i, whose prefix is resolved, is one of those before it under another prefix.
func (w *work) repeatedByNS(i int) bool {
	h := w.names.hash()
	_, _ = h.Write(w.local(&w.attrs[i]))
	maphash.WriteComparable(&h, w.attrRefs[i])
	return w.take(i, h.Sum64(), func(j int) bool {
		return w.attrRefs[i] == w.attrRefs[j] && bytes.Equal(w.local(&w.attrs[i]), w.local(&w.attrs[j]))
	})
}

// take puts attribute i into the set under a hash, and says whether it is the same as one before it. Two names of
// one hash are not to be expected; then all are compared.
func (w *work) take(i int, sum uint64, same func(j int) bool) bool {
	w.sc.count++
	j, met := w.names.at[sum]
	if !met {
		w.names.at[sum] = int32(i)
		return false
	}
	if same(int(j)) {
		return true
	}
	for j := w.base; j < i; j++ {
		w.sc.count++
		if same(j) {
			return true
		}
	}
	return false
}

// grown is the memory, in bytes, that the work object has taken for what it is walking, beyond what it keeps.
func (w *work) grown() (n int) {
	if len(w.opened) > openedKept {
		n = len(w.opened) * 24
	}
	if len(w.attrs) > attrsKept {
		n += len(w.attrs)*44 + len(w.names.at)*32
	}
	if cap(w.decoded) > decodedKept {
		n += cap(w.decoded)
	}
	return n
}
