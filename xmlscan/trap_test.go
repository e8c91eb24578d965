// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"fmt"
	"strings"
	"testing"
)

// A trap is something that parsers, or earlier versions of this one, got wrong. `want` is the condition that the
// stream must end with, "" for none; `at` is the error's offset from behind the header, -1 where it is not checked.
type trap struct {
	name string
	in   string // behind the header
	want Condition
	at   int
}

// spring feeds each trap in every way and compares the verdict.
func spring(t *testing.T, header string, traps []trap) {
	t.Helper()
	for _, tr := range traps {
		t.Run(tr.name, func(t *testing.T) {
			in := []byte(header + tr.in)
			sameHoweverCut(t, in, Limits{}, 1)
			p := perform(Config{}, in, whole)
			got := ""
			if last := p[len(p)-1]; strings.HasPrefix(last, "error ") {
				got = strings.TrimPrefix(last, "error ")
			}
			want := string(tr.want)
			if want != "" && tr.at >= 0 {
				want += fmt.Sprintf(" at %d", len(header)+tr.at)
			} else if i := strings.Index(got, " at "); i >= 0 {
				got = got[:i]
			}
			if got != want {
				t.Errorf("%q: %q, want %q", tr.in, got, want)
			}
			if tr.want == "" && strings.Contains(tr.in, "</m") && !strings.Contains(p.String(), "\nstanza ") {
				t.Errorf("%q: no stanza in\n%s", tr.in, p)
			}
		})
	}
}

func TestTrap01AttributeValues(t *testing.T) {
	spring(t, hdr, []trap{
		{"less-than", "<m a='x<y'></m>", NotWellFormed, 7},
		{"greater-than", "<m a='x>y'></m>", "", 0},
		{"end of CDATA", "<m a=']]>'></m>", "", 0},
		{"other quote", `<m a='"' b="'"></m>`, "", 0},
	})
	st := one(t, "<m from='a\tb\r\nc&#10;d' to='a&#x40;b' type='s&#101;t' id='' xmlns='jabber&#58;client'/>")
	for _, c := range []struct {
		name  string
		v     Value
		want  string
		plain bool
	}{{"white space", st.From(), "a b c\nd", false}, {"reference", st.To(), "a@b", false}, {"type", st.Type(), "set", false}, {"empty", st.ID(), "", true}} {
		if got := string(c.v.Append(nil)); got != c.want || c.v.Plain() != c.plain || !c.v.Equal(c.want) || c.v.Equal(c.want+"x") || !c.v.Present() {
			t.Errorf("%s: %q plain %v, want %q plain %v", c.name, got, c.v.Plain(), c.want, c.plain)
		}
	}
	if string(st.NS()) != "jabber:client" {
		t.Errorf("namespace %q is not normalised", st.NS())
	}
	if st.Lang().Present() || st.Lang().Equal("") {
		t.Error("an absent attribute is not an empty one")
	}
}

// one returns the only stanza of a stream.
func one(t *testing.T, in string) *Stanza {
	t.Helper()
	s := New(Config{})
	s.Feed([]byte(hdr + in))
	if ev, err := s.Next(); ev != Header {
		t.Fatal(ev, err)
	}
	if ev, err := s.Next(); ev != StanzaEvent {
		t.Fatal(ev, err)
	}
	return s.Stanza()
}

func TestTrap02EndOfCDATAInText(t *testing.T) {
	spring(t, hdr, []trap{
		{"plain", "<m>a]]></m>", NotWellFormed, 6},
		{"at the start", "<m>]]></m>", NotWellFormed, 5},
		{"three brackets", "<m>]]]></m>", NotWellFormed, 6},
		{"behind a section", "<m><![CDATA[a]]>]]></m>", NotWellFormed, 18},
		{"escaped", "<m>]]&gt;</m>", "", 0},
		{"reference between", "<m>]]&amp;></m>", "", 0},
		{"tag between", "<m>]]<a/>></m>", "", 0},
		{"one bracket", "<m>]></m>", "", 0},
		{"brackets in the tag before", "<m><a b=']]'/>></m>", "", 0},
	})
}

func TestTrap03LineEndsPassUntouched(t *testing.T) {
	in := "<m>a\r\nb\rc&#13;d</m>"
	if st := one(t, in); string(st.Raw) != in {
		t.Errorf("forwarded %q", st.Raw)
	}
	if v := one(t, "<m id='a\r\n\r\tb&#13;&#10;'/>").ID(); string(v.Append(nil)) != "a   b\r\n" {
		t.Errorf("value %q", v.Append(nil))
	}
}

func TestTrap04CharacterReferences(t *testing.T) {
	zeros := strings.Repeat("0", 5000)
	spring(t, hdr, []trap{
		{"leading zeros", "<m>&#" + zeros + "65;&#x" + zeros + "41;</m>", "", 0},
		{"greatest", "<m>&#x10FFFF;&#1114111;&#xD7FF;&#xE000;&#xFFFD;&#9;&#xa;&#xD;&#x20;</m>", "", 0},
		{"nul", "<m>&#0;</m>", NotWellFormed, 6},
		{"control", "<m>&#x1F;</m>", NotWellFormed, 8},
		{"wraps 32 bits", "<m>&#4294967361;</m>", NotWellFormed, 15},
		{"wraps 64 bits", "<m>&#18446744073709551681;</m>", NotWellFormed, 25},
		{"wraps in hex", "<m>&#x100000041;</m>", NotWellFormed, 15},
		{"beyond Unicode", "<m>&#x110000;</m>", NotWellFormed, 12},
		{"high surrogate", "<m>&#xD800;</m>", NotWellFormed, 10},
		{"low surrogate", "<m>&#57343;</m>", NotWellFormed, 10},
		{"U+FFFE", "<m>&#xFFFE;</m>", NotWellFormed, 10},
		{"U+FFFF", "<m>&#65535;</m>", NotWellFormed, 10},
		{"capital X", "<m>&#X41;</m>", NotWellFormed, 5},
		{"no digits", "<m>&#;</m>", NotWellFormed, 5},
		{"no hex digits", "<m>&#x;</m>", NotWellFormed, 6},
		{"hex digit in decimal", "<m>&#6a;</m>", NotWellFormed, 6},
		{"blank", "<m>&# 65;</m>", NotWellFormed, 5},
		{"sign", "<m>&#-65;</m>", NotWellFormed, 5},
		{"unfinished before a tag", "<m>&#65<a/></m>", NotWellFormed, 7},
		{"in a value", "<m a='&#0;'></m>", NotWellFormed, 9},
		{"unfinished in a value", "<m a='&#65'></m>", NotWellFormed, 10},
	})
}

func TestTrap05Characters(t *testing.T) {
	spring(t, hdr, []trap{
		{"U+FFFE", "<m>\uFFFE</m>", NotWellFormed, 3},
		{"U+FFFF in a value", "<m a='\uFFFF'></m>", NotWellFormed, 6},
		{"other noncharacters", "<m a='\uFDD0'>\U0001FFFE\U0010FFFF</m>", "", 0},
		{"DEL and C1", "<m>\x7f\u0080\u009f</m>", "", 0},
		{"control", "<m>\x01</m>", NotWellFormed, 3},
		{"nul", "<m>\x00</m>", NotWellFormed, 3},
		{"form feed", "<m\f></m>", NotWellFormed, 2},
		{"U+0085 is no white space", "<m\u0085></m>", NotWellFormed, 2},
		{"U+2028 is no white space", "<m\u2028a='b'></m>", NotWellFormed, 2},
		{"U+00A0 between stanzas", "\u00a0", BadFormat, 0},
	})
}

func TestTrap06ByteOrderMark(t *testing.T) {
	spring(t, "", []trap{
		{"first", "\ufeff" + hdr, "", 0},
		{"before the declaration", "\ufeff<?xml version='1.0'?>" + hdr, "", 0},
		{"twice", "\ufeff\ufeff" + hdr, NotWellFormed, 3},
		{"behind a blank", " \ufeff" + hdr, NotWellFormed, 1},
		{"behind the declaration", "<?xml version='1.0'?>\ufeff" + hdr, NotWellFormed, 21},
		{"another character of its first byte", "\uf123" + hdr, NotWellFormed, 0},
		{"half", "\xef\xbbx", UnsupportedEncoding, 0},
		{"UTF-16 big-endian", "\xfe\xff\x00<\x00s", UnsupportedEncoding, 0},
		{"UTF-16 little-endian", "\xff\xfe<\x00s\x00", UnsupportedEncoding, 0},
		{"UTF-16 without mark", "<\x00s\x00", UnsupportedEncoding, 1},
		{"UTF-16 big-endian without mark", "\x00<\x00s", UnsupportedEncoding, 0},
		{"UTF-32", "\x00\x00\xfe\xff", UnsupportedEncoding, 0},
	})
	spring(t, hdr, []trap{
		{"between stanzas", "\ufeff<m></m>", BadFormat, 0},
		{"in text", "<m>\ufeff</m>", "", 0},
	})
}

func TestTrap07XMLDeclaration(t *testing.T) {
	spring(t, "", []trap{
		{"full", "<?xml  version = \"1.0\"\tencoding='utf-8'\nstandalone = 'yes' ?>" + hdr, "", 0},
		{"standalone no", "<?xml version='1.0' standalone='no'?>" + hdr, "", 0},
		{"behind a blank", " <?xml version='1.0'?>" + hdr, RestrictedXML, 1},
		{"behind as many blanks as a byte order mark has bytes", "   <?xml version='1.0'?>" + hdr, RestrictedXML, 3},
		{"behind a byte order mark and a blank", "\ufeff <?xml version='1.0'?>" + hdr, RestrictedXML, 4},
		{"twice", "<?xml version='1.0'?><?xml version='1.0'?>" + hdr, RestrictedXML, 21},
		{"version 1.1", "<?xml version='1.1'?>" + hdr, NotWellFormed, 0},
		{"no version", "<?xml encoding='UTF-8'?>" + hdr, NotWellFormed, 0},
		{"nothing", "<?xml ?>" + hdr, NotWellFormed, 0},
		{"wrong order", "<?xml version='1.0' standalone='yes' encoding='UTF-8'?>" + hdr, NotWellFormed, 0},
		{"twice the same", "<?xml version='1.0' version='1.0'?>" + hdr, NotWellFormed, 0},
		{"standalone maybe", "<?xml version='1.0' standalone='maybe'?>" + hdr, NotWellFormed, 0},
		{"no blank between", "<?xml version='1.0'encoding='UTF-8'?>" + hdr, NotWellFormed, 0},
		{"unquoted", "<?xml version=1.0?>" + hdr, NotWellFormed, 0},
		{"unclosed quote", "<?xml version='1.0?>" + hdr, NotWellFormed, 0},
		{"garbage", "<?xml version='1.0' x?>" + hdr, NotWellFormed, 0},
		{"another encoding", "<?xml version='1.0' encoding='ISO-8859-1'?>" + hdr, UnsupportedEncoding, 0},
		{"UTF-16 claimed", "<?xml version='1.0' encoding='UTF-16'?>" + hdr, UnsupportedEncoding, 0},
		{"no question mark", "<?xml version='1.0'>" + hdr, NotWellFormed, 19},
		{"tag inside", "<?xml <a", NotWellFormed, 6},
	})
	spring(t, hdr, []trap{
		{"inside the stream", "<?xml version='1.0'?>", RestrictedXML, 0},
		{"inside a stanza", "<m><?xml version='1.0'?></m>", RestrictedXML, 3},
		{"behind the stream", "</stream:stream><?xml version='1.0'?>", NotWellFormed, 16},
	})
}

func TestTrap08OtherProcessingInstructions(t *testing.T) {
	spring(t, "", []trap{
		{"longer target", "<?xmlfoo version='1.0'?>", RestrictedXML, 0},
		{"capitals", "<?XML version='1.0'?>", RestrictedXML, 0},
		{"other target", "<?php ?>", RestrictedXML, 0},
		{"no target", "<? xml version='1.0'?>", RestrictedXML, 0},
		{"shortest", "<?xml?>", RestrictedXML, 0},
		{"document type", "<!DOCTYPE stream>", RestrictedXML, 0},
		{"comment", "<!-- -->" + hdr, RestrictedXML, 0},
		{"CDATA", "<![CDATA[]]>" + hdr, NotWellFormed, 0},
		{"HTTP", "GET / HTTP/1.1\r\n", NotWellFormed, 0},
	})
	spring(t, hdr, []trap{
		{"in a stanza", "<m><?a?></m>", RestrictedXML, 3},
		{"comment in a stanza", "<m><!--x--></m>", RestrictedXML, 3},
		{"document type in a stanza", "<m><!DOCTYPE a></m>", RestrictedXML, 3},
		{"half a comment", "<m><!-x", NotWellFormed, 6},
		{"lower-case document type", "<m><!doctype", NotWellFormed, 5},
		{"element declaration", "<!ELEMENT", NotWellFormed, 2},
	})
}

func TestTrap09UTF8(t *testing.T) {
	var traps []trap
	bad := map[string]string{
		"truncated by a new lead": "\xe4\xe5\xe4", "stray continuation": "\x80", "overlong slash": "\xc0\xaf", "overlong in three": "\xe0\x80\xaf",
		"overlong in four": "\xf0\x80\x80\xaf", "surrogate": "\xed\xa0\x80", "beyond Unicode": "\xf4\x90\x80\x80", "five bytes": "\xf8\x88\x80\x80\x80",
		"three of four": "\xf0\x9f\x98", "two of three": "\xe4\xb8", "one of two": "\xc3", "0xff": "\xff", "0xfe": "\xfe",
	}
	for name, b := range bad {
		for pad := range 70 { // past every edge of a 32- and 64-byte block
			text := "<m>" + strings.Repeat("x", pad)
			traps = append(traps, trap{fmt.Sprintf("%s at %d", name, pad), text + b + "</m>", UnsupportedEncoding, len(text)})
		}
	}
	traps = append(traps,
		trap{"swallows the end of a tag", "<aaa\xeb/><?\xeb?>", UnsupportedEncoding, 4},
		trap{"in a name", "<m\xe4>", UnsupportedEncoding, 2},
		trap{"in a value", "<m a='\xe4'>", UnsupportedEncoding, 6},
		trap{"between stanzas", "\xe4 ", UnsupportedEncoding, 0},
		trap{"in an end tag", "<m></m\xe4>", UnsupportedEncoding, 6},
	)
	spring(t, hdr, traps)
	for n := range 4 { // a stream that stops inside a character is not yet wrong
		in := hdr + "<m>" + "\U0001F600"[:n]
		if p := perform(Config{}, []byte(in), whole); len(p) != 1 {
			t.Errorf("%d of 4 bytes: %s", n, p)
		}
	}
}

func TestTrap10Namespaces(t *testing.T) {
	spring(t, hdr, []trap{
		{"two prefixes, one namespace", "<m xmlns:a='u' xmlns:b='u' a:x='1' b:x='2'></m>", NotWellFormed, 35},
		{"the same after normalising", "<m xmlns:a='u' xmlns:b='&#117;' a:x='1' b:x='2'></m>", NotWellFormed, 40},
		{"two namespaces", "<m xmlns:a='u' xmlns:b='v' a:x='1' b:x='2'></m>", "", 0},
		{"unprefixed is in none", "<m xmlns='u' xmlns:a='u' a:x='1' x='2'></m>", "", 0},
		{"twice", "<m x='1' x='2'></m>", NotWellFormed, 9},
		{"twice, long", "<m a123456789='1' b='' a123456788='' a123456789='2'></m>", NotWellFormed, 37},
		{"used before declared", "<a:m a:x='1' xmlns:a='u'/><m></m>", "", 0},
		{"prefix undeclared", "<m xmlns:a=''></m>", NotWellFormed, 3},
		{"default undeclared", "<m xmlns=''><a/></m>", "", 0},
		{"xml to another", "<m xmlns:xml='u'></m>", NotWellFormed, 3},
		{"xml to its own", "<m xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'></m>", "", 0},
		{"xml's by another", "<m xmlns:a='http://www.w3.org/XML/1998/namespace'></m>", NotWellFormed, 3},
		{"xml's as default", "<m xmlns='http://www.w3.org/XML/1998/namespace'></m>", NotWellFormed, 3},
		{"xmlns declared", "<m xmlns:xmlns='http://www.w3.org/2000/xmlns/'></m>", NotWellFormed, 3},
		{"xmlns's by another", "<m xmlns:a='http://www.w3.org/2000/xmlns/'></m>", NotWellFormed, 3},
		{"xmlns's as default", "<m xmlns='http://www.w3.org/2000/xmlns/'></m>", NotWellFormed, 3},
		{"element with xmlns", "<xmlns:m/>", NotWellFormed, 1},
		{"empty declared prefix", "<m xmlns:='u'></m>", NotWellFormed, 9},
		{"empty prefix", "<m :a='u'></m>", NotWellFormed, 3},
		{"empty local part", "<m a:='u'></m>", NotWellFormed, 5},
		{"two colons", "<m a:b:c='u'></m>", NotWellFormed, 6},
		{"digit behind the colon", "<m xmlns:a='u' a:1='u'></m>", NotWellFormed, 17},
		{"element's digit behind the colon", "<xml:1/>", NotWellFormed, 5},
		{"element's empty prefix", "<:a/>", NotWellFormed, 1},
		{"undeclared on an element", "<a:m></a:m>", BadNamespacePrefix, 1},
		{"undeclared on an attribute", "<m a:b=''></m>", BadNamespacePrefix, 3},
		{"scope ends at the end tag", "<m><a xmlns:p='u'></a><p:b/></m>", BadNamespacePrefix, 23},
		{"scope ends at the empty tag", "<m><a xmlns:p='u'/><p:b/></m>", BadNamespacePrefix, 20},
		{"scope ends with the stanza", "<m xmlns:p='u'></m><p:b/>", BadNamespacePrefix, 20},
		{"line feed in a namespace is data", "<m xmlns:a='u\nx' xmlns:b='u x' a:c='' b:c=''></m>", NotWellFormed, 38},
		{"an outer prefix's namespace", "<m xmlns:a='u'><b xmlns:b='u' a:c='' b:c=''/></m>", NotWellFormed, 37},
		{"an outer prefix taken for another", "<m xmlns:a='u'><b xmlns:b='u'><c xmlns:a='v' a:c='' b:c=''/></b></m>", "", 0},
		{"a namespace that has gone and come", "<m><a xmlns:a='u'/><b xmlns:b='v' xmlns:c='u' b:d='' c:d=''/></m>", "", 0},
	})
	spring(t, "<s:s xmlns:s='http://etherx.jabber.org/streams' xmlns='n' xmlns:a='u' xmlns:b='&#117;' xmlns:c='v'>", []trap{
		{"two of the header's prefixes", "<m a:x='1' b:x='2'></m>", NotWellFormed, 11},
		{"the header's and one's own", "<m xmlns:d='u' b:x='1' d:x='2'></m>", NotWellFormed, 23},
		{"two of the header's namespaces", "<m b:x='1' c:x='2'></m>", "", 0},
		{"one's own instead of the header's", "<m xmlns:a='v' a:x='1' b:x='2'></m>", "", 0},
	})
}

func TestTrap11EndTagsAndWhiteSpace(t *testing.T) {
	spring(t, hdr, []trap{
		{"blank behind an end tag's name", "<m><a></a \n\t></m>", "", 0},
		{"blank before it", "<m></ m>", NotWellFormed, 5},
		{"blank before a start tag's name", "< m>", NotWellFormed, 1},
		{"blank in the empty end", "<m/ >", NotWellFormed, 3},
		{"no blank between attributes", "<m b='1'c='2'>", NotWellFormed, 8},
		{"blanks around '='", "<m b = '1'  c\n=\t\"2\"></m>", "", 0},
		{"another name", "<m></n>", NotWellFormed, 5},
		{"shorter name", "<mm></m>", NotWellFormed, 7},
		{"longer name", "<m></mm>", NotWellFormed, 6},
		{"long name, first byte", "<m><abcdefghijk></xbcdefghijk></m>      ", NotWellFormed, 18},
		{"long name, middle", "<m><abcdefghijk></abcdefxhijk></m>      ", NotWellFormed, 24},
		{"long name, ninth byte", "<m><abcdefghijk></abcdefghxjk></m>      ", NotWellFormed, 26},
		{"long name, last byte", "<m><abcdefghijk></abcdefghijx></m>      ", NotWellFormed, 28},
		{"long name, one less", "<m><abcdefghijk></abcdefghij></m>      ", NotWellFormed, 28},
		{"very long name, last byte", "<m><abcdefghijklmnopqrst></abcdefghijklmnopqrsx></m>      ", NotWellFormed, 46},
		{"very long name, middle", "<m><abcdefghijklmnopqrst></abcdefghixklmnopqrst></m>      ", NotWellFormed, 36},
		{"long names", "<m><abcdefghi/><abcdefghijk></abcdefghijk><abcdefghijklmnop></abcdefghijklmnop><abcdefghijklmnopqrst></abcdefghijklmnopqrst></m>", "", 0},
		{"another prefix", "<a:m xmlns:a='u' xmlns:b='u'></b:m>", NotWellFormed, 31},
		{"prefix dropped", "<a:m xmlns:a='u'></m>", NotWellFormed, 19},
		{"attribute in an end tag", "<m></m a=''>", NotWellFormed, 7},
		{"crossed", "<m><a><b></a></b></m>", NotWellFormed, 11},
		{"no value", "<m a></m>", NotWellFormed, 4},
		{"no quotes", "<m a=b></m>", NotWellFormed, 5},
		{"quotes differ", "<m a='b\"></m>", NotWellFormed, 9},
		{"slash in a tag", "<m / a=''>", NotWellFormed, 4},
		{"nothing", "<>", NotWellFormed, 1},
		{"digit", "<1m>", NotWellFormed, 1},
		{"hyphen", "<-m>", NotWellFormed, 1},
		{"carriage return before a name", "<m></\rm>", NotWellFormed, 5},
		{"name with a carriage return behind it", "<m></m\r>", "", 0},
	})
}

func TestTrap12NamesBeyondASCII(t *testing.T) {
	spring(t, hdr, []trap{
		{"letters", "<m><é中я/><x·̀/></m>", "", 0},
		{"middle dot first", "<·/>", NotWellFormed, 1},
		{"combining first", "<\u0300/>", NotWellFormed, 1},
		{"multiplication sign", "<a\u00d7/>", NotWellFormed, 2},
		{"division sign", "<a\u00f7/>", NotWellFormed, 2},
		{"Greek question mark", "<a\u037e/>", NotWellFormed, 2},
		{"fifth edition only", "<a\u203f/>", NotWellFormed, 2},
		{"supplementary", "<a\U00010000/>", NotWellFormed, 2},
		{"behind a colon", "<m xmlns:é='u' é:ö=''></m>", "", 0},
		{"other normal form is another name", "<\u00e9></e\u0301>", NotWellFormed, 6},
		{"in an attribute", "<m \u00d7='1'></m>", NotWellFormed, 3},
	})
}

func TestTrap13StreamLevel(t *testing.T) {
	spring(t, hdr, []trap{
		{"white space", " \t\r\n<m></m> \n", "", 0},
		{"text", "<m></m>x", BadFormat, 7},
		{"CDATA", "<![CDATA[ ]]>", BadFormat, 0},
		{"reference", "&#32;", BadFormat, 0},
		{"'>'", ">", BadFormat, 0},
		{"white space behind the end", "</stream:stream> \r\n", "", 0},
		{"stanza behind the end", "</stream:stream><m></m>", NotWellFormed, 16},
		{"text behind the end", "</stream:stream>x", NotWellFormed, 16},
		{"another end tag", "</stream>", NotWellFormed, 8},
		{"comment", "<!---->", RestrictedXML, 0},
	})
}

func TestTrap14OtherElementsAtStreamLevel(t *testing.T) {
	for _, c := range []struct{ in, ns, local, payload string }{
		{"<handshake/>", "jabber:component:accept", "handshake", ""},
		{"<stream:error><host-gone xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>", nsStreams, "error", "host-gone"},
		{"<x xmlns='urn:x'/>", "urn:x", "x", ""},
		{"<x xmlns=''/>", "", "x", ""},
	} {
		st := one(t, c.in)
		if string(st.NS()) != c.ns || string(st.Local()) != c.local || string(st.Payload()) != c.payload {
			t.Errorf("%s: {%s}%s payload %s", c.in, st.NS(), st.Local(), st.Payload())
		}
	}
	spring(t, hdr, []trap{
		{"stream element inside", "<m><stream:error/></m>", BadFormat, 4},
		{"a second header", "<stream:stream>", UnsupportedStanzaType, 1},
		{"a second header by default", "<stream xmlns='http://etherx.jabber.org/streams'>", UnsupportedStanzaType, 1},
		{"stream inside", "<m><stream:stream></stream:stream></m>", BadFormat, 4},
		{"by another prefix", "<m><a:x xmlns:a='http://etherx.jabber.org/streams'/></m>", BadFormat, 4},
		{"by default", "<m><x xmlns='http://etherx.jabber.org/streams'/></m>", BadFormat, 4},
		{"by an escaped default", "<m><x xmlns='http://etherx.jabber.org/stream&#115;'/></m>", BadFormat, 4},
		{"inherited default", "<m><a:b xmlns:a='u' xmlns='http://etherx.jabber.org/streams'><c/></a:b></m>", BadFormat, 62},
		{"inherited from a stream element", "<stream:error xmlns='http://etherx.jabber.org/streams'><c/></stream:error>", BadFormat, 56},
		{"default left again", "<m><a:b xmlns:a='u' xmlns='http://etherx.jabber.org/streams'></a:b><c/></m>", "", 0},
		{"default covered again", "<m><a:b xmlns:a='u' xmlns='http://etherx.jabber.org/streams'><c xmlns='v'/></a:b></m>", "", 0},
		{"attribute", "<m><a stream:b='c'/></m>", "", 0},
		{"prefix bound to another", "<m><stream:x xmlns:stream='other'/></m>", "", 0},
	})
	spring(t, "<stream xmlns='http://etherx.jabber.org/streams'>", []trap{
		{"header's default inside", "<m><a/></m>", BadFormat, 4},
		{"header's default at stream level", "<m></m>", "", 0},
	})
}

func TestTrap16CDATA(t *testing.T) {
	spring(t, hdr, []trap{
		{"markup inside", "<m><![CDATA[<a>&x;</m>]]></m>", "", 0},
		{"brackets at the end", "<m><![CDATA[]]]]]></m>", "", 0},
		{"empty", "<m><![CDATA[]]></m>", "", 0},
		{"not yet the end", "<m><![CDATA[>]>]]]>", "", 0},
		{"lower case", "<m><![cdata[x]]></m>", NotWellFormed, 6},
		{"blank", "<m><![CDATA [x]]></m>", NotWellFormed, 11},
		{"control character", "<m><![CDATA[\x02]]></m>", NotWellFormed, 12},
		{"longer than a window", "<m><![CDATA[" + strings.Repeat("x>]] >", windowBytes/3) + "]]></m>", "", 0},
		{"in a tag", "<m <![CDATA[]]>", NotWellFormed, 3},
	})
}
