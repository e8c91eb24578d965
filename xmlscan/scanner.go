// SPDX-License-Identifier: Apache-2.0

package xmlscan

// Config is what a stream may contain and where its scanner borrows from. It is read only, and must not change
// while a scanner uses it; scanners of one loop share one.
type Config struct {
	Limits  Limits
	Scratch *Scratch // of the loop that owns the scanner; nil gives the scanner its own
	DeepAt  int      // a stanza nested deeper says so (Stanza.Deep), and is no fault within Limits.Depth; 0: none does
	ManyAt  int      // so does one with an element of more attributes (Stanza.Many), within Limits.Attributes; 0: none does
}

// Scanner reads one stream. Owned by one goroutine at a time. Idle, between stanzas, it is this struct and a
// context that streams with like headers share.
type Scanner struct {
	cfg *Config
	sc  *Scratch
	ctx *context // nil before the header
	w   *work    // nil when idle
	src []byte   // what was fed, or taken by Suspend
	pos int      // how much of it is walked, at a stanza's end
	off int64    // offset of src[0] in the stream
	err *Error

	phase     phase
	bom       bool // a byte order mark was dropped
	emptyRoot bool // the root was "<.../>": StreamEnd is still to be told
	pended    bool // src is the work's own memory
	closed    bool
}

// New returns a Scanner for a stream that has not begun.
func New(cfg Config) *Scanner {
	s := new(Scanner)
	s.Init(&cfg)
	return s
}

// Init makes s the scanner of a stream that has not begun. It keeps cfg.
func (s *Scanner) Init(cfg *Config) {
	*s = Scanner{cfg: cfg, sc: cfg.Scratch}
	if s.sc == nil {
		s.sc = NewScratch()
	}
}

// SetLimits has the limits of cfg hold from here on, for an element that is not finished too: a peer may be allowed
// more once it is known. It keeps cfg, whose Scratch must be the one s has.
func (s *Scanner) SetLimits(cfg *Config) {
	s.cfg = cfg
	if s.w != nil {
		s.w.configure(cfg)
	}
}

// Feed hands over input. b is borrowed until Next returns NeedMore or an error, or Suspend is called. Input fed
// before is read first; if it is not all read, what is left is taken into the scanner's memory and b added to it.
func (s *Scanner) Feed(b []byte) {
	if s.err != nil || s.closed || len(b) == 0 {
		return
	}
	if s.pos < len(s.src) {
		s.takePending(b)
		return
	}
	s.off += int64(len(s.src))
	s.src, s.pos, s.pended = b, 0, false
	s.stale()
}

// stale says that the window of the Scratch no longer shows this scanner's input.
func (s *Scanner) stale() {
	if s.sc.win.owner == s {
		s.sc.win.owner = nil
	}
}

// Next reads on to the next event. An error is final and comes back from every later call; what was complete
// before it has been delivered before it. Errors are of type *Error.
func (s *Scanner) Next() (Event, error) {
	if s.err != nil {
		return NeedMore, s.err
	}
	if s.emptyRoot {
		s.emptyRoot = false
		s.phase = epilog
		if s.w != nil {
			s.w.phase = epilog
		}
		return StreamEnd, nil
	}
	if !s.ready() {
		return s.pause()
	}
	w := s.w
	for {
		switch w.run() {
		case more:
			switch s.refill() {
			case again:
				continue
			case failed:
				return s.fail()
			}
			return s.pause()
		case stanza:
			s.deliver()
			w.st.Raw = w.raw(0, w.rel(w.p))
			w.st.Start = -1
			if !w.inCarry && !s.pended {
				w.st.Start = s.sc.win.lo + w.start
			}
			return StanzaEvent, nil
		case header:
			s.deliver()
			s.ctx, s.emptyRoot = w.ctx, w.hdr.Empty
			return Header, nil
		case finish:
			s.deliver()
			return StreamEnd, nil
		default:
			return s.fail()
		}
	}
}

// deliver notes that something ended at the walker's position.
func (s *Scanner) deliver() {
	w := s.w
	w.state = atRest
	s.phase = w.phase
	s.pos = s.sc.win.lo + w.p
}

// fail makes the walker's fault the scanner's and lets go of everything.
func (s *Scanner) fail() (Event, error) {
	s.err = s.w.fault
	s.w.fault = nil
	s.drop()
	return NeedMore, s.err
}

// drop gives back what is borrowed and forgets the input.
func (s *Scanner) drop() {
	s.off += int64(len(s.src))
	s.src, s.pos, s.pended = nil, 0, false
	s.stale()
	if s.w != nil {
		s.sc.giveBack(s.w)
		s.w = nil
	}
}

// Stanza returns the stanza that Next has just found. It is valid until the next Next or Feed.
func (s *Scanner) Stanza() *Stanza { return &s.w.st }

// Header returns the header that Next has just found. It is valid until the next Next or Feed.
func (s *Scanner) Header() *StreamHeader { return &s.w.hdr }

// HeaderDecl returns the i-th prefix declaration of the stream header: prefix and normalised namespace name.
// They live as long as the scanner.
func (s *Scanner) HeaderDecl(i int) (prefix string, uri []byte) {
	d := &s.ctx.decls[i]
	return d.prefix, d.uri
}

// HeaderDecls returns how many prefix declarations the stream header made.
func (s *Scanner) HeaderDecls() int {
	if s.ctx == nil {
		return 0
	}
	return len(s.ctx.decls)
}

// HeaderLang returns the xml:lang of the stream header. It lives as long as the scanner.
func (s *Scanner) HeaderLang() Value {
	if s.ctx == nil {
		return Value{}
	}
	return Value{raw: s.ctx.lang, quote: s.ctx.langQuote, odd: s.ctx.langOdd}
}

// DefaultNS returns the default namespace that the stream header declared, nil before the header.
func (s *Scanner) DefaultNS() []byte {
	if s.ctx == nil {
		return nil
	}
	return s.ctx.def
}

// Offset returns how many bytes of the stream have been read: up to the end of what Next delivered last, or all
// that was fed when it returned NeedMore.
func (s *Scanner) Offset() int64 { return s.off + int64(s.pos) }

// Close gives back what the scanner has borrowed. What is fed later is ignored.
func (s *Scanner) Close() {
	s.drop()
	s.closed = true
}
