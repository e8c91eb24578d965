// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

const open, closing = "<message from='c.example' to='w.example'>", "</message>"

// badXML are bytes that end the stream of an authenticated component.
var badXML = []struct{ name, input, condition string }{
	{"tags that do not match", open + "<a></b>" + closing, "not-well-formed"},
	{"an end tag too much", "</message>", "not-well-formed"},
	{"an end tag with an attribute", open + "</message a='1'>", "not-well-formed"},
	{"an end tag with a blank before its name", open + "</ message>", "not-well-formed"},
	{"a start tag with a blank before its name", "< message/>", "not-well-formed"},
	{"a name that begins with a digit", open + "<1a/>", "not-well-formed"},
	{"a name that begins with a hyphen", open + "<-a/>", "not-well-formed"},
	{"a sign in a name", open + "<a!b/>", "not-well-formed"},
	{"an empty name", "<>", "not-well-formed"},
	{"an attribute twice", open + "<a b='1' b='2'/>", "not-well-formed"},
	{"an attribute twice by its namespace", open + "<a xmlns:x='urn:u' xmlns:y='urn:u' x:b='1' y:b='2'/>", "not-well-formed"},
	{"addresses twice", "<message from='c.example' to='w.example' to='v.example'/>", "not-well-formed"},
	{"an attribute without a value", open + "<a b/>", "not-well-formed"},
	{"an attribute without quotes", open + "<a b=1/>", "not-well-formed"},
	{"attributes without a blank between", open + "<a b='1'c='2'/>", "not-well-formed"},
	{"an angle bracket in an attribute", open + "<a b='<'/>", "not-well-formed"},
	{"a slash in a tag", open + "<a / b='1'>", "not-well-formed"},
	{"the end of a CDATA section in text", open + "a]]>b", "not-well-formed"},
	{"a prefix declared twice", open + "<a xmlns:b='urn:b' xmlns:b='urn:c'/>", "not-well-formed"},
	{"two colons in a name", open + "<a:b:c xmlns:a='urn:a'/>", "not-well-formed"},
	{"a colon at the end of a name", open + "<a: xmlns:a='urn:a'/>", "not-well-formed"},
	{"the prefix xmlns declared", open + "<a xmlns:xmlns='urn:a'/>", "not-well-formed"},
	{"the prefix xml bound to another name", open + "<a xmlns:xml='urn:a'/>", "not-well-formed"},
	{"another prefix bound to xml's name", open + "<a xmlns:a='http://www.w3.org/XML/1998/namespace'/>", "not-well-formed"},
	{"a prefix bound to nothing", open + "<a xmlns:b=''/>", "not-well-formed"},

	{"a prefix of an element that nobody declares", open + "<x:a/>", "bad-namespace-prefix"},
	{"a prefix of an attribute that nobody declares", open + "<a x:b=''/>", "bad-namespace-prefix"},
	{"a prefix of the stanza that nobody declares", "<x:message from='c.example' to='w.example'/>", "bad-namespace-prefix"},
	{"a prefix used beside its declaration", open + "<a xmlns:x='urn:x'/><x:b/>", "bad-namespace-prefix"},

	{"a control character", open + "a\x01b", "not-well-formed"},
	{"a control character in an attribute", open + "<a b='\x1f'/>", "not-well-formed"},
	{"a zero byte", open + "a\x00b", "not-well-formed"},
	{"a zero byte between stanzas", "\x00", "not-well-formed"},
	{"a reference to a zero byte", open + "&#0;", "not-well-formed"},
	{"a reference to a control character", open + "&#x1;", "not-well-formed"},
	{"a reference to a control character in an attribute", open + "<a b='&#x1F;'/>", "not-well-formed"},
	{"a reference to a surrogate", open + "&#xD800;", "not-well-formed"},
	{"a reference beyond Unicode", open + "&#x110000;", "not-well-formed"},
	{"a reference beyond 64 bits", open + "&#99999999999999999999;", "not-well-formed"},
	{"a reference to no character", open + "&#xFFFE;", "not-well-formed"},
	{"a reference without digits", open + "&#;", "not-well-formed"},
	{"a reference without an end", open + "&amp b", "not-well-formed"},
	{"an ampersand alone", open + "a & b", "not-well-formed"},
	{"U+FFFE", open + "\uFFFE", "not-well-formed"},

	{"no UTF-8", open + "\xff", "unsupported-encoding"},
	{"an overlong zero", open + "\xc0\x80", "unsupported-encoding"},
	{"an overlong slash", open + "\xe0\x80\xaf", "unsupported-encoding"},
	{"an overlong character of four bytes", open + "\xf0\x80\x80\xaf", "unsupported-encoding"},
	{"a surrogate in UTF-8", open + "\xed\xa0\x80", "unsupported-encoding"},
	{"beyond Unicode in UTF-8", open + "\xf4\x90\x80\x80", "unsupported-encoding"},
	{"half a character", open + "\xc3" + closing, "unsupported-encoding"},
	{"a continuation byte alone", open + "\x80", "unsupported-encoding"},

	{"a comment in a stanza", open + "<!-- a -->" + closing, "restricted-xml"},
	{"a comment between stanzas", "<!-- a -->", "restricted-xml"},
	{"a processing instruction in a stanza", open + "<?a b?>" + closing, "restricted-xml"},
	{"a processing instruction between stanzas", "<?a b?>", "restricted-xml"},
	{"an XML declaration between stanzas", "<?xml version='1.0'?>", "restricted-xml"},
	{"a document type", "<!DOCTYPE a>", "restricted-xml"},
	{"a document type in a stanza", open + "<!DOCTYPE a [<!ENTITY b 'c'>]>", "restricted-xml"},
	{"an entity in text", open + "&foo;" + closing, "restricted-xml"},
	{"an entity in an attribute", open + "<a b='&foo;'/>" + closing, "restricted-xml"},
	{"an HTML entity", open + "&nbsp;" + closing, "restricted-xml"},

	{"an element of the streams namespace in a stanza", open + "<stream:features/>" + closing, "bad-format"},
	{"an end of a stream in a stanza", open + "<stream:error/>" + closing, "bad-format"},
	{"the streams namespace as a default in a stanza", open + "<a xmlns='http://etherx.jabber.org/streams'/>" + closing, "bad-format"},
	{"the streams namespace under another prefix", open + "<s:a xmlns:s='http://etherx.jabber.org/streams'/>" + closing, "bad-format"},
	{"stream features at stream level", "<stream:features/>", "unsupported-stanza-type"},
	{"an unknown element of the streams namespace at stream level", "<stream:foo/>", "unsupported-stanza-type"},

	{"too many attributes", open + "<a" + many(1000, func(i int) string { return fmt.Sprintf(" a%d=''", i) }) + "/>" + closing, "policy-violation"},
	{"nesting beyond the limit", open + strings.Repeat("<a>", 64) + strings.Repeat("</a>", 64) + closing, "policy-violation"},
	{"a stanza beyond the limit", open + strings.Repeat("x", smallLimit) + closing, "policy-violation"},
	{"a stanza beyond the limit that does not end", open + strings.Repeat("x", smallLimit), "policy-violation"},
	{"an attribute beyond the limit that does not end", open + "<a b='" + strings.Repeat("x", smallLimit), "policy-violation"},
	{"a tag name beyond the limit", open + "<" + strings.Repeat("x", smallLimit), "policy-violation"},
	{"an endless reference", open + "&#" + strings.Repeat("0", smallLimit), "policy-violation"},
}

// smallLimit is the size of a stanza in these tests; RFC 6120 section 13.12 asks for no less.
const smallLimit = 10000

func many(n int, part func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(part(i))
	}
	return b.String()
}

// TestBadXML: each of them ends exactly one stream, with the condition that names it. What was whole before it is delivered,
// nothing of it and nothing behind it is; the name can be had again at once; a pair beside it goes on.
func TestBadXML(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+fmt.Sprintf("max_stanza_size = %d\n", smallLimit))
	witness := dial(t, w, "w.example")
	left, right := dial(t, w, "left.example"), dial(t, w, "right.example")
	before := "<message from='c.example' to='w.example' id='before'/>"
	after := "<message from='c.example' to='w.example' id='after'/>"

	for _, tt := range badXML {
		t.Run(tt.name, func(t *testing.T) {
			witness, left, right := witness.In(t), left.In(t), right.In(t)
			for _, send := range []func(p *xmpptest.Peer, s string){(*xmpptest.Peer).Send, dribbleShort} {
				p := dial(t, w, "c.example")
				send(p, before+tt.input)
				p.ExpectStreamErrorWhileSending(tt.condition, after)
				dial(t, w, "c.example").End()

				witness.Expect(before)
				witness.Sync()
				talk(left, right)
			}
		})
	}
}

// dribbleShort sends byte by byte what is short, and in pieces of some hundred bytes what is long.
func dribbleShort(p *xmpptest.Peer, s string) {
	if len(s) < 500 {
		p.Dribble(s)
		return
	}
	for ; len(s) > 333; s = s[333:] {
		if p.TrySend(s[:333]) != nil {
			return
		}
	}
	_ = p.TrySend(s) // weir may have closed: the error is what the test looks at
}

// talk lets two components exchange a message each way.
func talk(a, b *xmpptest.Peer) {
	m := "<message from='" + a.Name + "' to='" + b.Name + "'/>"
	a.Send(m)
	b.Expect(m)
	m = "<message from='" + b.Name + "' to='" + a.Name + "'/>"
	b.Send(m)
	a.Expect(m)
}

// TestPeerError: a component's own stream error is logged with its condition and the stream ends.
func TestPeerError(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	p := dial(t, w, "c.example")
	p.Send("<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
	p.Expect(xmpptest.Trailer)
	p.ExpectClosed()
	w.WaitLog("undefined-condition")
	dial(t, w, "c.example").Sync()
}

// TestErrorIsRead: a component that goes on sending after its fault still reads the error and an orderly end: the connection is
// not reset under it.
func TestErrorIsRead(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	p := dial(t, w, "c.example")
	p.Send("</a>" + strings.Repeat(open+closing, 100000))
	p.ExpectStreamError("not-well-formed")
}

// TestTooLateForTheError: a component that goes on for ever is cut off; nobody else notices.
func TestTooLateForTheError(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	left, right := dial(t, w, "left.example"), dial(t, w, "right.example")
	p := dial(t, w, "c.example")
	flood := strings.Repeat("x", 64<<10)
	p.Send("</a>")
	for p.TrySend(flood) == nil {
		talk(left, right)
	}
}

// TestDefaultLimit: without a setting a stanza may have 512 KiB.
func TestDefaultLimit(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	p := dial(t, w, "c.example")
	p.Send(open + strings.Repeat("x", 512<<10) + closing)
	p.ExpectStreamError("policy-violation")
}

// TestNoLimit: "infinity" takes what would otherwise be too much.
func TestNoLimit(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+"max_stanza_size = \"infinity\"\n")
	witness, p := dial(t, w, "w.example"), dial(t, w, "c.example")
	m := open + strings.Repeat("x", 2<<20) + closing
	done := make(chan error, 1)
	go func() { done <- p.TrySend(m) }()
	witness.Expect(m)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestBadXMLBeforeHandshake: the same bytes in the place of the handshake.
func TestBadXMLBeforeHandshake(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+fmt.Sprintf("max_stanza_size = %d\n", smallLimit))
	for _, tt := range badXML {
		t.Run(tt.name, func(t *testing.T) {
			p := xmpptest.Connect(t, w.Addr())
			p.Open("c.example")
			p.Send(tt.input)
			p.ExpectStreamError(tt.condition)
		})
	}
}
