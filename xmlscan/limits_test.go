// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"fmt"
	"strings"
	"testing"
)

// A limit is met by what is just inside it and passed by one more.
func TestLimits(t *testing.T) {
	attrs := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " a%d=''", i)
		}
		return b.String()
	}
	decls := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " xmlns:a%02d='u'", i)
		}
		return b.String()
	}
	nest := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	for _, c := range []struct {
		name      string
		inside    string
		beyond    string
		at        int // of the error, in beyond
		limits    Limits
		headerToo bool // inside and beyond have a header of their own
	}{
		{"depth", nest(64), nest(65), 64 * 3, Limits{}, false},
		{"depth, empty element", strings.Repeat("<a>", 63) + "<b/>" + strings.Repeat("</a>", 63), strings.Repeat("<a>", 64) + "<b/>", 64 * 3, Limits{}, false},
		{"depth after a deep stanza", nest(64) + nest(64), nest(64) + nest(65), 64*7 + 64*3, Limits{}, false},
		{"depth set", "<a><b/></a>", "<a><b><c/></b></a>", 6, Limits{Depth: 2}, false},
		{"depth raised", nest(1000), nest(1001), 3000, Limits{Depth: 1000}, false},
		{"attributes", "<a" + attrs(64) + "/><a" + attrs(64) + "/>", "<a" + attrs(65) + "/>", len(attrs(64)) + 3, Limits{}, false},
		{"attributes, declarations count", "<a xmlns='u'" + attrs(63) + "/>", "<a xmlns='u'" + attrs(64) + "/>", len(attrs(63)) + 13, Limits{}, false},
		{"attributes of a child", "<a b=''><c" + attrs(64) + "/></a>", "<a b=''><c" + attrs(65) + "/></a>", len(attrs(64)) + 11, Limits{}, false},
		{"attributes raised", "<a" + attrs(256) + "/>", "<a" + attrs(257) + "/>", len(attrs(256)) + 3, Limits{Attributes: 256}, false},
		{"attributes raised far", "<a" + attrs(1000) + "/>", "<a" + attrs(1001) + "/>", len(attrs(1000)) + 3, Limits{Attributes: 1000}, false},
		{"elements", "<a>" + strings.Repeat("<b/>", 9) + "</a><a/>", "<a>" + strings.Repeat("<b/>", 10) + "</a>" + strings.Repeat("<c/>", 9), 3 + 9*4, Limits{Elements: 10}, false},
		{"name", "<" + strings.Repeat("a", 256) + "/>", "<" + strings.Repeat("a", 257) + "/>", 257, Limits{}, false},
		{"name of an attribute", "<a " + strings.Repeat("b", 256) + "=''/>", "<a " + strings.Repeat("b", 257) + "=''/>", 259, Limits{}, false},
		{"name, short limit", "<s><abcd efgh=''/>", "<s><abcd efghi=''/>", 13, Limits{NameBytes: 4}, true},
		{"name of two-byte characters", "<s><éé/>", "<s><a éaé=''/>", 10, Limits{NameBytes: 4}, true},
		{"name with a prefix", "<s><xml:lang/>", "<s><xml:lang_/>", 12, Limits{NameBytes: 8}, true},
		{"entity name", "<s><a>&quot;</a>", "<s><a>&quote;</a>", 11, Limits{NameBytes: 4}, true},
		{"declarations", "<a" + decls(64) + "/><a" + decls(64) + "/>", "<a" + decls(63) + "><b xmlns:c='u' xmlns:d='u'/></a>", 3 + 63*14 + 15, Limits{Attributes: 100}, false},
		{"declarations end with their element", "<a>" + strings.Repeat("<b"+decls(60)+"/>", 3) + "</a>", "<a><b" + decls(60) + "><c" + decls(5) + "/></b></a>", 6 + 60*14 + 3 + 4*14, Limits{}, false},
		{"bytes of declarations", "<a xmlns:b='" + strings.Repeat("u", 4095) + "'/>", "<a xmlns:b='" + strings.Repeat("u", 4096) + "'/>", 3, Limits{}, false},
		{"bytes of declarations end with their element", "<a>" + strings.Repeat("<b xmlns:c='"+strings.Repeat("u", 3000)+"'/>", 3) + "</a>",
			"<a><b xmlns:c='" + strings.Repeat("u", 3000) + "'><b xmlns:d='" + strings.Repeat("u", 3000) + "'/></b></a>", 6 + 3000 + 14, Limits{}, false},
		{"stanza", "<a>" + strings.Repeat("x", 93) + "</a><a/>", "<a>" + strings.Repeat("x", 94) + "</a>", 100, Limits{StanzaBytes: 100}, false},
		{"stanza, unfinished", "<a>" + strings.Repeat("x", 97), "<a>" + strings.Repeat("x", 98), 100, Limits{StanzaBytes: 100}, false},
		{"stanza, cut in a character", "<a>" + strings.Repeat("x", 96), "<a>" + strings.Repeat("x", 96) + "é", 100, Limits{StanzaBytes: 100}, false},
		{"stanza, cut in a character of a name", "<a " + strings.Repeat("x", 96), "<a " + strings.Repeat("x", 96) + "é", 100, Limits{StanzaBytes: 100}, false},
		{"stanza, default", "<a>" + strings.Repeat("x", 512<<10-7) + "</a>", "<a>" + strings.Repeat("x", 512<<10-6) + "</a>", 512 << 10, Limits{}, false},
		{"white space is no stanza", strings.Repeat(" ", 5000), "<a>" + strings.Repeat(" ", 98), 100, Limits{StanzaBytes: 100}, false},
		{"header", "<s " + strings.Repeat(" ", 8<<10-5) + "/>", "<s " + strings.Repeat(" ", 8<<10-4) + "/>", 8 << 10, Limits{}, true},
		{"XML declaration", "<?xml version='1.0'" + strings.Repeat(" ", 8<<10-21) + "?>", "<?xml version='1.0'" + strings.Repeat(" ", 8<<10-20) + "?>", 8 << 10, Limits{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := hdr
			if c.headerToo {
				h = ""
			}
			in, out := []byte(h+c.inside), []byte(h+c.beyond)
			if len(in) < 10000 {
				sameHoweverCut(t, in, c.limits, 1)
				sameHoweverCut(t, out, c.limits, 1)
			}
			if p := perform(Config{Limits: c.limits}, in, whole); strings.Contains(p.String(), "error") {
				t.Errorf("inside the limit: %.200s", p[len(p)-1])
			}
			want := fmt.Sprintf("error policy-violation at %d", len(h)+c.at)
			if p := perform(Config{Limits: c.limits}, out, whole); len(p) == 0 || p[len(p)-1] != want {
				t.Errorf("beyond the limit: %.200s, want %s", p, want)
			}
			agreesWithNaive(t, in, c.limits)
			agreesWithNaive(t, out, c.limits)
		})
	}
}

// The read that passes a limit is told of it, and nothing is kept.
func TestLimitIsToldInTheReadThatPassesIt(t *testing.T) {
	for _, n := range []int{1, 7, 99, 100, 101, 1460} {
		s := New(Config{Limits: Limits{StanzaBytes: 1000}})
		s.Feed([]byte(hdr))
		s.Next()
		in := []byte("<a b='" + strings.Repeat("x", 5000))
		for fed := 0; ; {
			k := min(n, len(in)-fed)
			s.Feed(in[fed : fed+k])
			fed += k
			_, err := s.Next()
			if (err != nil) != (fed > 1000) {
				t.Fatalf("feeds of %d: after %d bytes: %v", n, fed, err)
			}
			if s.Buffered() > 1000 {
				t.Fatalf("feeds of %d: %d bytes kept", n, s.Buffered())
			}
			if err != nil {
				break
			}
		}
		if s.Buffered() != 0 || s.w != nil {
			t.Errorf("feeds of %d: something is kept after the error", n)
		}
		s.Feed(in)
		if s.Buffered() != 0 {
			t.Errorf("feeds of %d: what follows is not thrown away", n)
		}
	}
}

// Limits that are lowered while a stanza has passed them already end the stream where they are, in whatever state.
func TestLimitsLoweredInTheMiddle(t *testing.T) {
	for _, d := range dialogues[:2] {
		in := []byte(d)
		for at := len(in) - 1; at > 0; at-- {
			for _, most := range []int{1, 2, 20} {
				s := New(Config{})
				s.Feed(in[:at:at])
				drain(s, nil, in[:at])
				if s.w == nil || s.w.state == atRest || s.Buffered() <= most {
					continue
				}
				begun := s.Offset() - int64(s.Buffered())
				s.SetLimits(&Config{Limits: Limits{StanzaBytes: most, HeaderBytes: most}, Scratch: s.sc})
				s.Feed(in[at : at+1 : at+1])
				_, err := s.Next()
				if e, ok := err.(*Error); !ok || e.Condition != PolicyViolation || e.Offset != begun+int64(most) {
					t.Fatalf("%q cut at %d, limit %d from %d: %v", in, at, most, begun, err)
				}
			}
		}
	}
}

func TestLimitsResolve(t *testing.T) {
	if got, want := (Limits{}).Resolve(), (Limits{512 << 10, 8 << 10, 64, 64, 32 << 10, 256, 64, 4 << 10}); got != want {
		t.Errorf("defaults %+v", got)
	}
	if got, want := wide.Resolve(), (Limits{1 << 30, 1 << 20, 1 << 16, 1 << 16, 1 << 30, 4096, 64, 1 << 20}); got != want {
		t.Errorf("greatest %+v", got)
	}
	if got := (Limits{Attributes: 1 << 20}).Resolve().Attributes; got != 1<<16 {
		t.Errorf("attributes beyond the greatest: %d", got)
	}
}
