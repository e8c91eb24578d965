// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"fmt"
	"strings"
	"testing"
)

// Cost is counted in steps, not in seconds: Scratch.count grows by one for each token that the complete walker
// takes, each 64 bytes classified, copied or searched, each comparison of names or prefixes.

// cost feeds in and returns the steps it took.
func cost(t *testing.T, l Limits, in []byte, cut cutter) int {
	t.Helper()
	sc := NewScratch()
	s := New(Config{Limits: l, Scratch: sc})
	for at := 0; at < len(in); {
		n := min(cut(at, len(in)-at), len(in)-at)
		s.Feed(in[at : at+n])
		drain(s, nil, in[at:at+n])
		at += n
	}
	s.Close()
	return sc.count
}

// hostile are inputs of any size that once cost, or could cost, more than their length. Each is fed at one size
// and at four times that size.
var hostile = []struct {
	name string
	make func(n int) string
}{
	{"attribute value", func(n int) string { return "<a b='" + strings.Repeat("x", n) }},
	{"attribute value of references", func(n int) string { return "<a b='" + strings.Repeat("&#65;", n/5) }},
	{"attribute value of white space", func(n int) string { return "<a b='" + strings.Repeat("\t\n", n/2) }},
	{"one long reference", func(n int) string { return "<a>&#" + strings.Repeat("0", n) }},
	{"text", func(n int) string { return "<a>" + strings.Repeat("x", n) }},
	{"text of '>'", func(n int) string { return "<a>" + strings.Repeat("]>", n/2) }},
	{"text beyond ASCII", func(n int) string { return "<a>" + strings.Repeat("é", n/2) }},
	{"CDATA", func(n int) string { return "<a><![CDATA[" + strings.Repeat("]]", n/2) }},
	{"CDATA sections", func(n int) string { return "<a>" + strings.Repeat("<![CDATA[]]>", n/12) }},
	{"white space in a tag", func(n int) string { return "<a " + strings.Repeat(" ", n) }},
	{"white space in an end tag", func(n int) string { return "<a></a" + strings.Repeat(" ", n) }},
	{"white space between stanzas", func(n int) string { return strings.Repeat(" ", n) }},
	{"empty elements", func(n int) string { return "<a>" + strings.Repeat("<b/>", n/4) }},
	{"empty stanzas", func(n int) string { return strings.Repeat("<b/>", n/4) }},
	{"long names", func(n int) string {
		return "<a>" + strings.Repeat("<"+strings.Repeat("b", 255)+"/>", n/258)
	}},
	{"long names beyond ASCII", func(n int) string {
		return "<a>" + strings.Repeat("<"+strings.Repeat("é", 127)+"/>", n/258)
	}},
	{"prefixes", func(n int) string {
		return "<a" + declarations(60) + ">" + strings.Repeat("<x00:b/>", n/8)
	}},
	{"header's prefixes", func(n int) string { return "<a>" + strings.Repeat("<xml:b/>", n/8) }},
	{"declarations that come and go", func(n int) string {
		return "<a>" + strings.Repeat("<b"+declarations(60)+"/>", n/780)
	}},
	{"colliding attributes", func(n int) string {
		tag := "<b" + collisions(64) + "/>"
		return "<a>" + strings.Repeat(tag, n/len(tag))
	}},
	{"attributes alike up to their end", func(n int) string {
		tag := "<b" + alike(64) + "/>"
		return "<a>" + strings.Repeat(tag, n/len(tag))
	}},
	{"one name in many namespaces", func(n int) string {
		tag := "<b" + prefixed(30) + "/>"
		return "<a" + declarations(60) + ">" + strings.Repeat(tag, n/len(tag))
	}},
	{"nesting up and down", func(n int) string {
		return "<a>" + strings.Repeat(strings.Repeat("<b>", 63)+strings.Repeat("</b>", 63), n/441)
	}},
}

func declarations(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " xmlns:x%02d='%d'", i, i)
	}
	return b.String()
}

// longDeclarations declares n prefixes, whose namespaces are alike up to their end.
func longDeclarations(n, bytes int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " xmlns:x%02d='%s%02d'", i, strings.Repeat("u", bytes-2), i)
	}
	return b.String()
}

// collisions returns attributes whose names have one hash.
func collisions(n int) string {
	var b strings.Builder
	for i := 0; n > 0; i++ {
		name := fmt.Sprintf("a%d", i)
		if nameHash(key([]byte(name)), len(name)) == 7 {
			b.WriteString(" " + name + "=''")
			n--
		}
	}
	return b.String()
}

func alike(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " %s%03d=''", strings.Repeat("a", 200), i)
	}
	return b.String()
}

func attributes(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func prefixed(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " x%02d:same=''", i)
	}
	return b.String()
}

// stepsPerByte bounds what a byte may cost in the worst case that the limits allow: attributes and prefixes of
// one element are compared with each other.
const stepsPerByte = 12

func TestCostIsLinear(t *testing.T) {
	l := Limits{StanzaBytes: -1, Elements: -1}
	feeds := map[string]cutter{"whole": whole, "1460": func(int, int) int { return 1460 }, "byte by byte": single}
	n := 64 << 10
	if raceOn {
		n = 16 << 10
	}
	for _, h := range hostile {
		for name, cut := range feeds {
			small, large := []byte(hdr+h.make(n)), []byte(hdr+h.make(4*n))
			a, b := cost(t, l, small, cut), cost(t, l, large, cut)
			before, after := float64(a)/float64(len(small)), float64(b)/float64(len(large))
			if after > stepsPerByte {
				t.Errorf("%s, %s: %.1f steps a byte", h.name, name, after)
			}
			if after > 1.5*before+0.1 { // were it quadratic, four times as much
				t.Errorf("%s, %s: %.2f steps a byte became %.2f", h.name, name, before, after)
			}
		}
	}
}

// Links to servers, and whoever reads a stanza once more, scan under the greatest
// limits: what one element can cost is more there, and still bounded.
func TestCostIsLinearAtTheGreatestLimits(t *testing.T) {
	const most = 24
	inputs := append(hostile[:len(hostile):len(hostile)], []struct {
		name string
		make func(n int) string
	}{
		{"256 attributes", func(n int) string {
			tag := "<b" + collisions(256) + "/>"
			return "<a>" + strings.Repeat(tag, n/len(tag))
		}},
		{"256 alike", func(n int) string { tag := "<b" + alike(256) + "/>"; return "<a>" + strings.Repeat(tag, n/len(tag)) }},
		{"one tag of attributes", func(n int) string { return "<a" + attributes(n/11, " a%06d=''") + "/>" }},
		{"one tag of attributes that collide", func(n int) string { return "<a" + collisions(n/12) + "/>" }},
		{"one tag of attributes alike", func(n int) string { return "<a" + alike(n/208) + "/>" }},
		{"one tag of attributes with prefixes", func(n int) string { return "<a" + declarations(50) + attributes(n/15, " x07:a%06d=''") + "/>" }},
		{"one tag of attributes in a long namespace", func(n int) string {
			return "<a xmlns:p='" + strings.Repeat("u", n/2) + "'" + attributes(n/26, " p:a%06d=''") + "/>"
		}},
		{"one name in many long namespaces", func(n int) string {
			tag := "<b" + prefixed(60) + "/>"
			return "<a" + longDeclarations(60, n/120) + ">" + strings.Repeat(tag, n/2/len(tag))
		}},
		{"one long namespace declared again and again", func(n int) string {
			return "<a" + longDeclarations(60, n/120) + ">" + strings.Repeat("<b xmlns:y='"+strings.Repeat("u", n/120)+"'/>", 60)
		}},
		{"as deep as can be", func(n int) string { return strings.Repeat("<b>", min(n/3, 60000)) }},
		{"4,000 deep", func(n int) string {
			return "<a>" + strings.Repeat(strings.Repeat("<b>", 4000)+strings.Repeat("</b>", 4000), n/28000)
		}},
		{"names of 4,000 bytes", func(n int) string { return "<a>" + strings.Repeat("<"+strings.Repeat("b", 4000)+"/>", n/4003) }},
	}...)
	for _, h := range inputs {
		n := 64 << 10
		small, large := []byte(hdr+h.make(n)), []byte(hdr+h.make(4*n))
		a, b := cost(t, wide, small, whole), cost(t, wide, large, whole)
		before, after := float64(a)/float64(len(small)), float64(b)/float64(len(large))
		t.Logf("%s: %.1f steps a byte", h.name, after)
		if after > most || after > 1.5*before+0.1 {
			t.Errorf("%s: %.2f steps a byte became %.2f", h.name, before, after)
		}
	}
}

// The counter counts: a scanner that walked a tag again at each feed would show.
func TestCostCountsEveryFeed(t *testing.T) {
	in := []byte(hdr + "<a b='" + strings.Repeat("x", 64<<10))
	w, s := cost(t, Limits{}, in, whole), cost(t, Limits{}, in, single)
	if s < 2*len(in) || w > len(in)/16 {
		t.Errorf("%d steps byte by byte, %d whole, for %d bytes", s, w, len(in))
	}
}

func TestHundredThousandAttributesAreRefusedEarly(t *testing.T) {
	var b strings.Builder
	for i := range 100000 {
		fmt.Fprintf(&b, " a%d=''", i)
	}
	in := []byte(hdr + "<a" + b.String() + "/>")
	sc := NewScratch()
	s := New(Config{Limits: Limits{StanzaBytes: -1}, Scratch: sc})
	s.Feed(in)
	p := drain(s, nil, in)
	if want := fmt.Sprintf("error policy-violation at %d", strings.Index(string(in), "a64=")); p[len(p)-1] != want {
		t.Errorf("%s, want %s", p[len(p)-1], want)
	}
	if sc.count > 64*64 { // the first 64 compared with each other, one window

		t.Errorf("%d steps", sc.count)
	}
}

func TestKeepalivesCostNoMemory(t *testing.T) {
	s := New(Config{})
	s.Feed([]byte(hdr + "<a/>"))
	drain(s, nil, []byte(hdr+"<a/>"))
	blanks := []byte("  \n\t ")
	allocs := testing.AllocsPerRun(1000, func() {
		s.Feed(blanks)
		if ev, err := s.Next(); ev != NeedMore || err != nil {
			t.Fatal(ev, err)
		}
		if s.w != nil || s.Buffered() != 0 {
			t.Fatal("a keepalive is held")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations per keepalive", allocs)
	}
	if s.Offset() != int64(len(hdr)+4+1001*5) {
		t.Errorf("offset %d", s.Offset())
	}
}

// What a Scratch keeps does not grow with the number of streams that have come and gone.
func TestScratchIsBounded(t *testing.T) {
	sc := NewScratch()
	var ss []*Scanner
	for i := range 500 {
		s := New(Config{Scratch: sc})
		in := []byte(strings.Replace(hdr, "<", fmt.Sprintf("<?xml version='1.0'?><p%d:", i), 1))
		in = []byte(strings.Replace(string(in), "xmlns:stream", fmt.Sprintf("xmlns:p%d", i), 1))
		in = []byte(strings.Replace(string(in), "stream:stream ", "stream ", 1) + "<a>" + strings.Repeat("x", 70000))
		s.Feed(in)
		if p := drain(s, nil, in); len(p) != 1 || s.Buffered() != 70003 {
			t.Fatal(p, s.Buffered())
		}
		ss = append(ss, s)
	}
	for _, s := range ss {
		s.Close()
	}
	kept := 0
	for _, class := range sc.buffers {
		for _, b := range class {
			kept += cap(b)
		}
	}
	if len(sc.free) > worksKept || len(sc.contexts) > contextsKept || kept > bufferClasses*bufferKept {
		t.Errorf("kept: %d works, %d contexts, %d bytes", len(sc.free), len(sc.contexts), kept)
	}
}
