// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "unicode/utf8"

// Input is walked where it was fed. Only a stanza that is not finished when the input ends is copied, to the
// carry buffer, and with it its next bytes until it ends; then the walk goes on in place. Bitmaps are made from
// the input in either case: positions count from a window's first byte, which has a place in both.

// carryStep is how much is copied behind a carried stanza at first; it doubles while the stanza does not end.
const carryStep = 512

// seamBytes is how much is copied behind a character that the last input broke off in, to classify them together.
const seamBytes = 64

// ready prepares the walker to go on where it stopped and says whether there is anything to walk.
func (s *Scanner) ready() bool {
	if s.pos == len(s.src) {
		return false
	}
	if s.w == nil {
		s.w = s.sc.borrow(s)
	}
	if s.w.carried {
		s.resume()
		return true
	}
	if s.w.inCarry { // what was delivered last lay there
		s.w.inCarry = false
		s.w.carry = s.w.carry[:0]
	}
	if s.sc.win.owner != s || s.sc.win.lo < 0 {
		s.classifyFrom(s.pos)
	}
	s.look(s.pos - s.sc.win.lo)
	return true
}

// look points the walker's view at the window and its position at p.
func (s *Scanner) look(p int) {
	w, win := s.w, &s.sc.win
	w.origin = s.off + int64(win.lo)
	w.p = p
	if w.inCarry {
		w.v = viewAt(w.carry, w.cbase+win.lo)
		w.valid = min(len(w.carry)-w.cbase, win.hi) - win.lo
	} else {
		w.v = viewAt(s.src, win.lo)
		w.valid = win.hi - win.lo
	}
	w.end = w.valid
	if w.state != atRest {
		w.limit(w.sizeLimit())
		w.end = max(w.end, w.p) // SetLimits may have put the limit behind us
	}
}

// resume goes on in a carried stanza with new input.
func (s *Scanner) resume() {
	w := s.w
	w.carried, w.inCarry = false, true
	w.cbase = len(w.carry)
	if w.held != 0 {
		n := min(len(s.src), seamBytes)
		w.carry = s.sc.extend(w.carry, s.src[:n])
		s.classify(w.carry[w.cbase-w.held:], -w.held, n == len(s.src))
	} else {
		s.classifyFrom(0)
		w.carry = s.sc.extend(w.carry, s.src[:min(carryStep, s.sc.win.hi)])
	}
	w.start = -(w.cbase + s.sc.win.lo)
	s.look(w.start + w.reach)
}

// refill gives the walker more to walk when it has come to the end of what it saw. It says more when there is
// no more.
func (s *Scanner) refill() status {
	w, win := s.w, &s.sc.win
	if s.overLimit() {
		return w.fail(w.sizeLimit(), PolicyViolation, "longer than the limit")
	}
	if w.inCarry {
		if have := len(w.carry) - w.cbase; have < win.hi {
			w.carry = s.sc.extend(w.carry, s.src[have:min(win.hi, have+max(have, carryStep))])
			s.look(w.p)
			return again
		}
	}
	if win.fault != "" {
		return w.failAt(w.valid, win.fault, win.detail)
	}
	if win.last {
		return more
	}
	step := win.hi - win.lo
	s.classifyFrom(win.hi)
	w.start -= step
	s.look(w.p - step)
	return again
}

// overLimit says whether what is being read has passed its size limit. A character that the limit cuts in two
// counts as passing it, whatever its bytes behind the limit are, so that the verdict does not hang on them.
func (s *Scanner) overLimit() bool {
	w, lo := s.w, s.sc.win.lo
	limit := w.start + w.sizeLimit()
	if w.state == atRest || limit >= len(s.src)-lo || limit-w.p >= utf8.UTFMax {
		return false
	}
	if limit <= w.p {
		return true
	}
	if i := lo + w.p; i >= 0 {
		return !utf8.FullRune(s.src[i : lo+limit])
	}
	return !utf8.FullRune(w.carry[w.cbase+lo+w.p : w.cbase+lo+limit])
}

// pause ends a Next that found no event: what is not finished is taken into the carry buffer, the input let go.
func (s *Scanner) pause() (Event, error) {
	w := s.w
	switch {
	case w == nil || w.carried:
		return NeedMore, nil
	case s.pos == len(s.src), w.state == atRest && s.sc.win.hi == len(s.src):
		s.phase, s.bom = w.phase, w.bom
		s.drop()
		return NeedMore, nil
	case w.state == atRest: // a broken-off character at stream level
		w.start = w.p
	}
	first := s.sc.win.lo + w.start // what must be kept, in the input; negative when it is in the carry buffer
	if !w.inCarry {
		w.carry = s.sc.extend(w.carry[:0], s.src[first:])
	} else {
		w.carry = s.sc.extend(w.carry, s.src[len(w.carry)-w.cbase:])
		if gone := w.cbase + first; gone > 0 { // something before it ended in the carry buffer
			w.carry = w.carry[:copy(w.carry, w.carry[gone:])]
		}
	}
	w.held = len(s.src) - s.sc.win.hi
	w.reach = w.p - w.start
	w.carried, w.inCarry, w.v = true, false, view{}
	s.letGo()
	return NeedMore, nil
}

// letGo forgets the input, all of which has been read.
func (s *Scanner) letGo() {
	s.off += int64(len(s.src))
	s.src, s.pos = nil, 0
	s.stale()
	if s.pended {
		s.pended = false
		s.sc.recycle(s.w.pend)
		s.w.pend = nil
	}
}

// Suspend takes what was fed and not yet read into the scanner's own memory, so that the fed slice may be used
// again. Next goes on from there. The stanza delivered last stays valid only if its Start is -1.
func (s *Scanner) Suspend() {
	if s.pos < len(s.src) && !s.pended {
		s.takePending(nil)
	}
}

// takePending makes the unread input and b the input, in the scanner's own memory.
func (s *Scanner) takePending(b []byte) {
	if s.w == nil {
		s.w = s.sc.borrow(s)
	}
	w := s.w
	if s.pended {
		w.pend = w.pend[:copy(w.pend, s.src[s.pos:])]
	} else {
		w.pend = s.sc.extend(w.pend[:0], s.src[s.pos:])
	}
	w.pend = s.sc.extend(w.pend, b)
	s.off += int64(s.pos)
	s.src, s.pos, s.pended = w.pend, 0, true
	s.stale()
}

// Buffered returns how many bytes of input the scanner holds in its own memory, and what it has grown to for an
// element of very many levels or attributes, or of long namespace names that had to be normalised. The buffers that input lies in come in powers of two, so they take at
// most twice that, and 1 KiB at least.
func (s *Scanner) Buffered() int {
	n := 0
	if s.w != nil && s.w.carried {
		n = len(s.w.carry) + s.w.grown()
	}
	if s.pended {
		n += len(s.src) - s.pos
	}
	return n
}
