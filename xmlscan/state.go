// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"encoding/binary"
	"errors"
)

// ErrState says that Restore was given something that AppendState of this version did not write.
var ErrState = errors.New("xmlscan: not the state of a scanner")

// stateVersion changes with the layout of a state.
const stateVersion = 1

// Flags of a state.
const (
	stateBOM = 1 << iota
	stateEmptyRoot
	stateContext
	stateError
	stateLangOdd
	stateDefaultStreams
)

// AppendState appends all that a scanner with the same Limits needs to go on from here: the context, and the
// bytes of what is unfinished or unread. Those are walked again on the other side rather than the walker's
// state being believed. An event that was delivered is not in it.
func (s *Scanner) AppendState(dst []byte) []byte {
	var flags byte
	set := func(on bool, f byte) {
		if on {
			flags |= f
		}
	}
	kept := s.unfinishedBytes()
	bom := s.bom || s.w != nil && s.w.bom
	set(bom, stateBOM)
	set(s.emptyRoot, stateEmptyRoot)
	set(s.ctx != nil, stateContext)
	set(s.err != nil, stateError)
	c := s.ctx
	if c != nil {
		set(c.langOdd, stateLangOdd)
		set(c.defaultStreams, stateDefaultStreams)
	}
	dst = append(dst, stateVersion, flags, byte(s.phase))
	dst = binary.AppendUvarint(dst, uint64(s.Offset()-int64(len(kept))))
	if c != nil {
		dst = appendChunk(appendChunk(dst, c.root), c.def)
		dst = append(appendChunk(dst, c.lang), c.langQuote, byte(len(c.decls)))
		for i := range c.decls {
			dst = appendChunk(appendChunk(dst, []byte(c.decls[i].prefix)), c.decls[i].uri)
		}
	}
	if e := s.err; e != nil {
		dst = appendChunk(appendChunk(dst, []byte(e.Condition)), []byte(e.Detail))
		dst = binary.AppendUvarint(dst, uint64(e.Offset))
	}
	dst = binary.AppendUvarint(dst, uint64(len(kept)+len(s.src)-s.pos))
	return append(append(dst, kept...), s.src[s.pos:]...)
}

// unfinishedBytes returns what was walked and not delivered.
func (s *Scanner) unfinishedBytes() []byte {
	if s.w == nil || !s.w.carried {
		return nil
	}
	return s.w.carry
}

// Restore makes a scanner from what AppendState wrote. The bytes it holds are read by the next Next; until it
// has said NeedMore once, Feed only adds to them.
func Restore(cfg Config, state []byte) (*Scanner, error) {
	s := new(Scanner)
	return s, s.InitFrom(&cfg, state)
}

// InitFrom is Restore for a Scanner that is part of something else. It keeps cfg, but not state.
func (s *Scanner) InitFrom(cfg *Config, state []byte) error {
	s.Init(cfg)
	r := stateReader{b: state}
	version, flags := r.byte(), r.byte()
	s.phase = phase(r.byte())
	if version != stateVersion || s.phase > epilog {
		return ErrState
	}
	s.bom, s.emptyRoot = flags&stateBOM != 0, flags&stateEmptyRoot != 0
	s.off = int64(r.uvarint())
	if flags&stateContext != 0 {
		s.ctx = r.context(flags)
	}
	if flags&stateError != 0 {
		s.err = &Error{Condition: Condition(r.chunk()), Detail: string(r.chunk()), Offset: int64(r.uvarint())}
	}
	rest := r.chunk()
	if r.bad || len(r.b) != 0 || s.off < 0 || (s.ctx == nil) != (s.phase == prolog) {
		return ErrState
	}
	if len(rest) != 0 {
		s.takePending(rest)
	}
	return nil
}

func appendChunk(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// stateReader takes a state apart. Once bad it returns zeros.
type stateReader struct {
	b   []byte
	bad bool
}

func (r *stateReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *stateReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *stateReader) chunk() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	c := r.b[:n:n]
	r.b = r.b[n:]
	return c
}

func (r *stateReader) context(flags byte) *context {
	c := &context{root: clone(r.chunk()), def: clone(r.chunk()), lang: clone(r.chunk()), langQuote: r.byte()}
	c.langOdd, c.defaultStreams = flags&stateLangOdd != 0, flags&stateDefaultStreams != 0
	for n := r.byte(); n > 0 && !r.bad; n-- {
		c.declare(string(r.chunk()), clone(r.chunk()))
	}
	if len(c.decls) > bounds.decls.most {
		r.bad = true
	}
	return c
}

// clone copies b; an empty one is nil.
func clone(b []byte) []byte { return append([]byte(nil), b...) }
