// SPDX-License-Identifier: Apache-2.0

package xmlscan

// status is how a step of the walker ended.
type status uint8

const (
	again  status = iota // go on
	more                 // the data ends here
	stanza               // an element at depth 1 is complete
	header               // the root's start tag is complete
	finish               // the root's end tag is complete
	failed               // work.fault says why
)

// phase is where in the stream the scanner stands. It is all that an idle scanner keeps of the walker.
type phase uint8

const (
	prolog phase = iota // nothing but a byte order mark, the XML declaration, white space
	stream              // inside the root element
	epilog              // behind its end tag
)

// state is what the walker expects at the next byte. Each is entered again at any byte without looking back
// further than the stanza's bytes allow, so a stanza fed in pieces costs no more than one fed whole.
type state uint8

const (
	atRest    state = iota // stream level: white space or '<'
	inContent              // inside a stanza, between tags
	inMarkup               // behind '<'
	inBang                 // in "<!--", "<![CDATA[" or "<!DOCTYPE"
	inCDATA
	inDecl // in the XML declaration
	inRef  // behind '&'
	inStartName
	inTag      // behind a name or a value
	inTagSpace // behind white space in a tag
	inAttrName
	atEquals
	atQuote
	inValue
	atEmptyEnd // behind the '/' of "/>"
	inEndName
	inEndSpace
)

// open is one open element. Offsets count from the stanza's first byte.
type open struct {
	key   uint64 // the name's first 8 bytes, the first one lowest
	off   int32  // of the name
	n     int32  // its length
	scope uint32 // what work.scope was before this element
}

// attr is one attribute of the tag that is being read. Offsets count from the stanza's first byte.
type attr struct {
	key   uint64 // the name's first 8 bytes
	off   int32  // of the name
	val   int32  // of the value, behind the quote
	vlen  int32
	n     uint16 // length of the name
	colon uint16 // length of the prefix, 0 without one
	odd   bool   // the value holds a reference or white space that normalisation changes
}

// ref says where a namespace name (or nothing) lies.
type ref struct {
	off, n int32
	in     refIn
}

type refIn uint8

const (
	refNone    refIn = iota // no namespace
	refRaw                  // in the stanza's bytes
	refDecoded              // in work.decoded: the value had to be normalised
	refHeader               // off-th prefix declaration of the header
	refDefault              // the header's default namespace
	refXML                  // http://www.w3.org/XML/1998/namespace
)

// binding is a prefix declared inside the stanza.
type binding struct {
	off, n int32 // the prefix, in the stanza
	uri    ref
}

// work is what a scanner needs while it walks and while a stanza is unfinished. It is borrowed from the Scratch
// and goes back when the scanner is idle. Its offsets count from the stanza's first byte, so that moving the
// stanza to the carry buffer changes none of them.
type work struct {
	cfg     *Config // whose limits lim are
	lim     Limits
	nameEnd int // longest name the fast walker takes
	deepAt  int // deepest element the fast walker takes
	manyAt  int // attributes of one element that it takes
	ctx     *context
	sc      *Scratch

	// The view of the window that is being walked. Positions count from the window's first byte.
	v     view
	m     *bitmaps
	p     int // the next byte to walk
	end   int // the walker stops here
	start int // the stanza's '<'; negative when it came before the window
	valid int // end without regard to the size limit of what is being read

	origin int64 // of position 0 in the stream

	state state
	back  state // where a reference returns to
	phase phase
	bom   bool
	odd   bool // the value being read is not its own normalised form
	quote byte
	ref   refState

	tok   int // offset of the name or value that is being read
	colon int // length of its prefix, 0 when none so far
	part  int // offset at which the current part of the name began

	depth   int
	elems   int
	scope   uint32 // prefix bindings in scope << 1 | the default namespace is the streams namespace
	nsBytes int    // bytes of the bindings in scope

	tagColon int    // length of its prefix
	tagNS    ref    // what its prefix stands for
	topN     int    // attributes of the stanza's own tag (or the header's)
	base     int    // first attribute of this tag in attrs: those of the stanza's own tag stay
	natt     int    // behind its last one
	attrEnd  int    // where attrs or the limit ends
	seen     uint64 // one bit per attribute name hash
	xmlns    int    // 1 + index of its own default namespace declaration
	special  bool   // it has something that finishTag must judge

	opened   []open // the open elements, and behind them the start tag being read
	attrs    []attr
	attrRefs []ref   // namespaces of the prefixed attributes, parallel to attrs
	names    nameSet // of a tag with many attributes
	binds    []binding
	decoded  []byte
	slots    [64]uint8 // attribute index by name hash, for the stanza's own tag

	carry   []byte // the unfinished stanza's bytes so far
	carried bool   // they wait for more input
	inCarry bool   // they are being walked; input is added to them
	cbase   int    // where in carry the input begins
	held    int    // bytes at the end of carry that begin an unfinished character
	reach   int    // how far the carried bytes have been walked
	pend    []byte // input taken by Suspend

	fault *Error
	st    Stanza
	hdr   StreamHeader
}

// reset makes the work ready for a stanza (or header, or stream end) that begins at the walker's position.
func (w *work) reset() {
	w.start = w.p
	w.depth, w.elems, w.base, w.natt, w.nsBytes = 0, 0, 0, 0, 0
	w.topN = 0
	w.scope = 0
	if w.ctx != nil && w.ctx.defaultStreams {
		w.scope = 1
	}
	w.decoded = w.decoded[:0]
	w.binds = w.binds[:0]
	w.st.clear()
	limit := w.lim.StanzaBytes
	if w.phase == prolog {
		limit = w.lim.HeaderBytes
	}
	w.limit(limit)
}

// limit makes the walker stop where the token that began at start gets too long.
func (w *work) limit(n int) {
	if w.end-w.start > n {
		w.end = w.start + n
	}
}

// sizeLimit returns the greatest size of what is being read now.
func (w *work) sizeLimit() int {
	if w.phase == prolog {
		return w.lim.HeaderBytes
	}
	return w.lim.StanzaBytes
}

// rel turns a position into an offset from the stanza's first byte.
func (w *work) rel(p int) int { return p - w.start }

// tag returns the element whose start tag is being read.
func (w *work) tag() *open { return &w.opened[w.depth] }

// abs turns a position into an offset in the stream.
func (w *work) abs(p int) int64 { return w.origin + int64(p) }

// raw returns n bytes of the stanza.
func (w *work) raw(off, n int) []byte { return w.v.bytes(w.start+off, n) }

// fail ends the stream at offset off of the stanza.
func (w *work) fail(off int, c Condition, detail string) status {
	w.fault = &Error{Condition: c, Offset: w.abs(w.start + off), Detail: detail}
	return failed
}

// failAt ends the stream at position p.
func (w *work) failAt(p int, c Condition, detail string) status { return w.fail(w.rel(p), c, detail) }
