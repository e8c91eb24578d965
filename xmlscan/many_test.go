// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"fmt"
	"strings"
	"testing"
)

// Among very many attributes one that comes twice is found as it is among few: by
// its name, or by its namespace and local name.
func TestTwiceAmongMany(t *testing.T) {
	l := Limits{Attributes: -1, StanzaBytes: -1}
	two := " xmlns:p='u' xmlns:q='u' xmlns:r='v'"
	plain := func(n int) string { return attributes(n, " a%d=''") }
	for _, c := range []struct {
		name, in string
		twice    bool
	}{
		{"none", "<a" + plain(1000) + "/>", false},
		{"the first", "<a" + plain(1000) + " a0='x'/>", true},
		{"the last of the few", "<a" + plain(256) + " a255=''/>", true},
		{"the first of the many", "<a" + plain(257) + " a256=''/>", true},
		{"the last", "<a" + plain(1000) + " a999=''/>", true},
		{"in another element", "<a" + plain(1000) + "><b" + plain(1000) + "/><c a1=''" + plain(0) + "/></a>", false},
		{"in another element, of fewer", "<a" + plain(300) + "><b" + plain(300) + "/></a>", false},
		{"in another element, too", "<a" + plain(300) + "><b" + plain(300) + " a7=''/></a>", true},
		{"two prefixes of one namespace", "<a" + two + attributes(300, " p:a%d=''") + " q:a1=''/>", true},
		{"two prefixes of two", "<a" + two + attributes(300, " p:a%d=''") + " r:a1='' a1=''/>", false},
		{"two declared at the end", "<a" + attributes(300, " p:a%d=''") + " q:a299=''" + two + "/>", true},
		{"two of a namespace with the header", "<a xmlns:p='http://etherx.jabber.org/streams'" + attributes(300, " p:a%d=''") + " stream:a1=''/>", true},
		{"a prefix nobody declares", "<a" + plain(300) + " z:a='' />", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := []byte(hdr + c.in)
			agreesWithNaive(t, in, l)
			p := perform(Config{Limits: l}, in, whole)
			if got := strings.Contains(p[len(p)-1], "error not-well-formed"); got != c.twice {
				t.Errorf("%.100s", p[len(p)-1])
			}
			sameHoweverCut(t, in, l, 1)
		})
	}
}

// A stanza says that it has an element of more attributes than ManyAt, however it is walked.
func TestMany(t *testing.T) {
	for _, c := range []struct {
		in   string
		many bool
	}{
		{"<a" + attributes(256, " a%d=''") + "/>", false},
		{"<a" + attributes(257, " a%d=''") + "/>", true},
		{"<a><b" + attributes(256, " a%d=''") + "/><b" + attributes(256, " a%d=''") + "/></a>", false},
		{"<a><b" + attributes(300, " a%d=''") + "/><c/></a>", true},
	} {
		for _, slow := range []bool{false, true} {
			for _, at := range []int{256, 5} {
				sc := &Scratch{slow: slow}
				s := New(Config{Limits: Limits{Attributes: -1}, ManyAt: at, Scratch: sc})
				s.Feed([]byte(hdr + c.in + "<a/>"))
				for want := range 2 {
					ev, err := s.Next()
					if ev == Header {
						ev, err = s.Next()
					}
					if ev != StanzaEvent || err != nil {
						t.Fatal(ev, err)
					}
					if got := s.Stanza().Many(); got != (want == 0 && (c.many || at == 5)) {
						t.Errorf("%.20s, many at %d, slow %v: stanza %d: %v", c.in, at, slow, want, got)
					}
				}
			}
		}
	}
}

// A set of names that has grown for one tag is not emptied, and not held, for each small tag behind it.
func TestNamesOfManyAreLetGo(t *testing.T) {
	for _, in := range []string{"<a><b" + attributes(5000, " a%d=''") + "/><c xmlns:p='u'/>", "<a><b" + attributes(5000, " a%d=''") + "/><c" + attributes(257, " a%d=''") + ">"} {
		s := New(Config{Limits: wide})
		s.Feed([]byte(hdr + in))
		drain(s, nil, nil)
		if n := len(s.w.names.at); n > namesKept {
			t.Errorf("%d names held", n)
		}
		s.Close()
	}
}

// What an unfinished element has made the scanner take beside its bytes counts, and is not kept.
func TestGrownMemory(t *testing.T) {
	for in, least := range map[string]int{
		strings.Repeat("<a>", 60000):                          60000 * 24,
		"<a" + attributes(60000, " a%d=''"):                   60000 * 24,
		"<a xmlns='&amp;" + strings.Repeat("x", 60000) + "'>": 60000,
	} {
		s := New(Config{Limits: Limits{Attributes: -1, Depth: -1, Elements: -1, StanzaBytes: -1}})
		s.Feed([]byte(hdr + in))
		if p := drain(s, nil, []byte(hdr+in)); len(p) != 1 {
			t.Fatalf("%.100s", fmt.Sprint(p))
		}
		if n := s.Buffered() - len(in); n < least || n > 64<<20 {
			t.Errorf("%.10s: %d bytes beside the input", in, n)
		}
		sc := s.sc
		s.Close()
		for _, w := range sc.free {
			if len(w.opened) > openedKept || len(w.attrs) > attrsKept || w.names.at != nil || cap(w.decoded) > decodedKept {
				t.Errorf("%.10s: kept %d, %d, %d, %d", in, len(w.opened), len(w.attrs), len(w.names.at), cap(w.decoded))
			}
		}
	}
}
