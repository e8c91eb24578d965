// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"errors"
	"testing"
)

// dialogues are streams that go through every state of the scanner, and end well or badly.
var dialogues = []string{
	"\ufeff<?xml version='1.0'?>\n" + hdr + " <message to='a&amp;b' xml:lang='en'><body a=\"1\">x]] &#x41; é中😀<![CDATA[]]x]]></body ></message>\n<iq/></stream:stream> ",
	"<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' xmlns:p='urn:p&amp;' xml:lang=\"d&#101;\" to='x'><p:a xmlns:q='u' q:b='&lt;'><p:c/></p:a  ></s:stream >",
	"<stream xmlns='http://etherx.jabber.org/streams'/>  ",
	hdr + "<a><b></a>",
	hdr + "<a>&foo;",
	hdr + "<a>\xe4\xb8x",
	hdr + "<iq/><stream:stream></stream:stream></stream:stream>",
	"\xff\xfe",
}

func TestStateRoundTripAtEveryByte(t *testing.T) {
	for _, d := range dialogues {
		in := []byte(d)
		want := perform(Config{}, in, whole)
		for at := 0; at <= len(in); at++ {
			s := New(Config{})
			s.Feed(append([]byte(nil), in[:at]...))
			p := drain(s, nil, in[:at])
			state := s.AppendState([]byte("x"))
			before := s.Offset()
			s.Close()
			s, err := Restore(Config{}, state[1:])
			if err != nil {
				t.Fatalf("%q at %d: %v", in, at, err)
			}
			clear(state)
			p = drain(s, p, nil)
			if s.err == nil && s.Offset() != before {
				t.Fatalf("%q at %d: offset %d became %d", in, at, before, s.Offset())
			}
			s.Feed(in[at:])
			if p = drain(s, p, in[at:]); p.String() != want.String() {
				t.Fatalf("%q at %d\nwhole:\n%s\nrestored:\n%s", in, at, want, p)
			}
		}
	}
}

// A state taken between two events of one feed holds what is unread, whether or not it was suspended.
func TestStateHoldsWhatIsUnread(t *testing.T) {
	in := []byte(dialogues[0])
	want := perform(Config{}, in, whole)
	for _, suspend := range []bool{false, true} {
		s := New(Config{})
		s.Feed(in)
		var p play
		for range 10 {
			ev, err := s.Next()
			if err != nil {
				t.Fatal(err)
			}
			switch ev {
			case Header:
				p = append(p, tellHeader(s.Header()))
			case StanzaEvent:
				p = append(p, tellStanza(s, s.Stanza(), fedSlice(s, in)))
			case StreamEnd:
				p = append(p, ev.String())
			}
			if suspend {
				s.Suspend()
			}
			next, err := Restore(Config{}, s.AppendState(nil))
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			s = next
		}
		if p.String() != want.String() {
			t.Errorf("suspend %v\nwhole:\n%s\nrestored:\n%s", suspend, want, p)
		}
	}
}

// fedSlice returns the slice that Stanza.Start is an offset in, nil when there is none.
func fedSlice(s *Scanner, in []byte) []byte {
	if s.Stanza().Start < 0 {
		return nil
	}
	return in
}

func TestRestoreRefusesWhatIsNoState(t *testing.T) {
	s := New(Config{})
	s.Feed([]byte(dialogues[1][:150]))
	drain(s, nil, nil)
	good := s.AppendState(nil)
	for at := range good {
		if _, err := Restore(Config{}, good[:at]); !errors.Is(err, ErrState) {
			t.Errorf("cut at %d of %d: %v", at, len(good), err)
		}
		if at == 0 {
			continue
		}
		bad := bytes.Clone(good)
		bad[at] ^= 0xFF
		if s, err := Restore(Config{}, bad); err == nil { // a changed content is still a state; it must only do no harm
			s.Feed([]byte("<a/>"))
			drain(s, nil, nil)
		}
	}
	if _, err := Restore(Config{}, append(good, 0)); !errors.Is(err, ErrState) {
		t.Errorf("with a byte too many: %v", err)
	}
}
