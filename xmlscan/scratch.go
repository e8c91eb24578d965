// SPDX-License-Identifier: Apache-2.0

package xmlscan

// Scratch is what the scanners of one event loop share: the bitmaps of the window being walked, work objects,
// buffers for unfinished stanzas, contexts. Owned by the loop's goroutine. The zero Scratch is ready to use.
type Scratch struct {
	maps     bitmaps
	win      window
	free     []*work
	buffers  [bufferClasses][][]byte
	contexts []*context

	count int  // work done outside the straight path, in steps; tests read it
	slow  bool // never take the fast walker; tests set it
}

// NewScratch returns a Scratch for one event loop.
func NewScratch() *Scratch { return &Scratch{} }

const (
	worksKept     = 64      // idle work objects kept for the next stanzas; each is some 5 KiB
	bufferLeast   = 1 << 10 // smallest carry buffer
	bufferClasses = 11      // 1 KiB, 2, 4, ... 1 MiB; what is larger comes from the heap and goes back to it
	bufferKept    = 1 << 20 // bytes of idle buffers kept in each class (at least one buffer)
	decodedKept   = 4 << 10 // bytes of a work object's memory for normalised namespace names
	openedFirst   = 16      // open elements a work object has room for at first
	openedKept    = 4 << 10 // and that it keeps room for
	attrsFirst    = 32      // likewise attributes
	attrsKept     = 512
)

// borrow returns a work object made ready for s.
func (sc *Scratch) borrow(s *Scanner) *work {
	var w *work
	if n := len(sc.free); n != 0 {
		w = sc.free[n-1]
		sc.free = sc.free[:n-1]
	} else {
		w = &work{sc: sc, m: &sc.maps, opened: make([]open, openedFirst), attrs: make([]attr, attrsFirst), attrRefs: make([]ref, attrsFirst)}
		w.st.w = w
	}
	if w.cfg != s.cfg {
		w.configure(s.cfg)
	}
	w.ctx, w.phase, w.bom, w.state = s.ctx, s.phase, s.bom, atRest
	return w
}

// configure makes w scan under the limits of cfg.
func (w *work) configure(cfg *Config) {
	w.cfg, w.lim = cfg, cfg.Limits.Resolve()
	w.nameEnd = min(fastName, w.lim.NameBytes)
	w.deepAt = w.lim.Depth
	if cfg.DeepAt > 0 {
		w.deepAt = min(w.deepAt, cfg.DeepAt)
	}
	w.manyAt = min(w.lim.Attributes, manyAttrs)
	if cfg.ManyAt > 0 {
		w.manyAt = min(w.manyAt, cfg.ManyAt)
	}
}

// giveBack takes a work object back, its buffers first.
func (sc *Scratch) giveBack(w *work) {
	sc.recycle(w.carry)
	sc.recycle(w.pend)
	w.carry, w.pend, w.carried, w.inCarry = nil, nil, false, false
	w.v, w.ctx = view{}, nil
	w.st.Raw, w.hdr = nil, StreamHeader{}
	if cap(w.decoded) > decodedKept {
		w.decoded = nil
	}
	if len(w.opened) > openedKept {
		w.opened = make([]open, openedFirst)
	}
	if len(w.attrs) > attrsKept {
		w.attrs, w.attrRefs = make([]attr, attrsFirst), make([]ref, attrsFirst)
	}
	w.names = nameSet{}
	if len(sc.free) < worksKept {
		sc.free = append(sc.free, w)
	}
}

// class returns the smallest class whose buffers hold n bytes, bufferClasses when none does.
func class(n int) int {
	c := 0
	for size := bufferLeast; size < n && c < bufferClasses; size <<= 1 {
		c++
	}
	return c
}

// buffer returns an empty buffer that can hold n bytes.
func (sc *Scratch) buffer(n int) []byte {
	c := class(n)
	if c == bufferClasses {
		return make([]byte, 0, n+n/4)
	}
	if k := len(sc.buffers[c]); k != 0 {
		b := sc.buffers[c][k-1]
		sc.buffers[c] = sc.buffers[c][:k-1]
		return b
	}
	return make([]byte, 0, bufferLeast<<c)
}

// recycle keeps b for the next stanza if it is of a class and the class is not full.
func (sc *Scratch) recycle(b []byte) {
	c := class(cap(b))
	if cap(b) == 0 || c == bufferClasses || cap(b) != bufferLeast<<c {
		return
	}
	if k := len(sc.buffers[c]); k == 0 || k*cap(b) < bufferKept {
		sc.buffers[c] = append(sc.buffers[c], b[:0])
	}
}

// extend appends b to buf, moving both to a larger buffer when need be. There is always room left behind them: a
// window may begin where they end, and a pointer there must still lie in the buffer, or the garbage collector takes
// it for one into whatever comes next.
func (sc *Scratch) extend(buf, b []byte) []byte {
	sc.count += len(b) >> 6
	if len(buf)+len(b) >= cap(buf) {
		larger := append(sc.buffer(len(buf)+len(b)+1), buf...)
		sc.count += len(buf) >> 6
		sc.recycle(buf)
		buf = larger
	}
	return append(buf, b...)
}
