// SPDX-License-Identifier: Apache-2.0

package xmlscan

// StreamHeader is the start tag of the root element. It is valid until the next Next or Feed.
type StreamHeader struct {
	Raw   []byte // '<' to '>', without the XML declaration
	Empty bool   // the tag ends in "/>": the stream ends with it, StreamEnd follows

	w   *work
	top element
}

// Local returns the local part of the root element's name ("stream" in a stream).
func (h *StreamHeader) Local() []byte { return h.top.local(h.Raw) }

// Prefix returns the prefix of the root element's name, nil without one.
func (h *StreamHeader) Prefix() []byte { return h.top.prefix(h.Raw) }

// NS returns the namespace of the root element, normalised, nil without one.
func (h *StreamHeader) NS() []byte { return h.w.refBytes(h.top.ns) }

// DefaultNS returns the default namespace of the stream's content, normalised, nil without one.
func (h *StreamHeader) DefaultNS() []byte { return h.w.ctx.def }

// Attr returns the attribute with this qualified name ("to", "from", "version", "xml:lang", ...).
func (h *StreamHeader) Attr(name string) (Value, bool) {
	for i := range h.w.attrs[:h.w.topN] {
		if a := &h.w.attrs[i]; string(h.w.raw(int(a.off), int(a.n))) == name {
			return h.w.attrValue(a), true
		}
	}
	return Value{}, false
}

// endOfHeader is at work behind the '>' of the root's start tag.
func (w *work) endOfHeader(empty bool) status {
	w.topN = w.natt
	w.ctx = w.takeContext()
	w.phase = stream
	w.hdr = StreamHeader{w: w, Empty: empty, Raw: w.raw(0, w.rel(w.p))}
	w.hdr.top = element{off: w.tag().off, n: w.tag().n, colon: int32(w.tagColon), ns: w.elementNS(ref{in: refDefault})}
	return header
}
