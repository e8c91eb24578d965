// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Whatever is suspended, fed late or fed on top, the play is the same, and a suspended slice may be overwritten.
func TestSuspendAndLateFeeds(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	s := newSampler(5)
	for range rounds(4000) {
		in := append(s.stream(), s.mutated()...)
		if r.IntN(2) == 0 {
			in = s.mutated()
		}
		want := perform(Config{}, in, whole)
		if got := performSuspended(in, r); got.String() != want.String() {
			t.Fatalf("input %q\nwhole:\n%s\nsuspended:\n%s", in, want, got)
		}
	}
}

func performSuspended(in []byte, r *rand.Rand) (p play) {
	s := New(Config{})
	defer s.Close()
	var b []byte // what was fed last
	for at := 0; ; {
		if n := min(r.IntN(400), len(in)-at); n > 0 && (r.IntN(3) == 0 || b == nil) {
			b = bytes.Clone(in[at : at+n])
			s.Feed(b)
			at += n
		}
		ev, err := s.Next()
		switch {
		case err != nil:
			return drain(s, p, b)
		case ev == NeedMore && at == len(in):
			return p
		case ev == NeedMore:
			b = nil
			continue
		case ev == Header:
			p = append(p, tellHeader(s.Header()))
		case ev == StanzaEvent:
			p = append(p, tellStanza(s, s.Stanza(), b))
		default:
			p = append(p, ev.String())
		}
		if r.IntN(2) == 0 {
			s.Suspend()
			for i := range b {
				b[i] = '<'
			}
		}
	}
}

func TestSuspendHoldsWhatIsUnread(t *testing.T) {
	s := New(Config{})
	in := []byte(hdr + "<a/><b/>")
	s.Feed(in)
	s.Next()
	if s.Buffered() != 0 {
		t.Errorf("%d bytes held before Suspend", s.Buffered())
	}
	s.Suspend()
	clear(in)
	if got := s.Buffered(); got != 8 {
		t.Errorf("%d bytes held, want 8", got)
	}
	s.Feed([]byte("<c/>"))
	for _, want := range []string{"<a/>", "<b/>", "<c/>"} {
		if ev, err := s.Next(); ev != StanzaEvent || err != nil {
			t.Fatal(ev, err)
		}
		if st := s.Stanza(); string(st.Raw) != want || st.Start != -1 {
			t.Errorf("stanza %q at %d, want %q at -1", st.Raw, st.Start, want)
		}
	}
	if ev, err := s.Next(); ev != NeedMore || err != nil || s.Buffered() != 0 || s.w != nil {
		t.Errorf("at the end: %v %v, %d bytes held", ev, err, s.Buffered())
	}
	if got, want := s.Offset(), int64(len(hdr)+12); got != want {
		t.Errorf("offset %d, want %d", got, want)
	}
}

// Two scanners on one Scratch may take turns at any event.
func TestScannersOfOneLoopTakeTurns(t *testing.T) {
	sc := NewScratch()
	r := rand.New(rand.NewPCG(6, 6))
	smp := newSampler(6)
	for range rounds(2000) {
		ins := [][]byte{smp.mutated(), smp.mutated(), smp.stream()}
		plays := make([]play, len(ins))
		scanners := make([]*Scanner, len(ins))
		at := make([]int, len(ins))
		for i := range scanners {
			scanners[i] = New(Config{Scratch: sc})
		}
		for done := 0; done < len(ins); {
			i := r.IntN(len(ins))
			s := scanners[i]
			if s == nil {
				continue
			}
			plays[i] = drainOne(s, plays[i])
			if s.pos < len(s.src) {
				continue
			}
			if at[i] == len(ins[i]) {
				s.Close()
				scanners[i] = nil
				done++
				continue
			}
			n := 1 + r.IntN(len(ins[i])-at[i])
			s.Feed(ins[i][at[i] : at[i]+n])
			at[i] += n
		}
		for i, in := range ins {
			if want := perform(Config{}, in, whole); plays[i].String() != want.String() {
				t.Fatalf("input %q\nalone:\n%s\nin turns:\n%s", in, want, plays[i])
			}
		}
	}
}

// drainOne reads one event.
func drainOne(s *Scanner, p play) play {
	ev, err := s.Next()
	switch {
	case err != nil:
		return drain(s, p, nil)
	case ev == Header:
		return append(p, tellHeader(s.Header()))
	case ev == StanzaEvent:
		st := *s.Stanza()
		st.Start = -1
		return append(p, tellStanza(s, &st, nil))
	case ev == StreamEnd:
		return append(p, ev.String())
	}
	return p
}
