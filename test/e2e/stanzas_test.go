// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// badStanzas are sent by c.example and are refused with a stanza error, not with the end of the stream. from, to and id are
// those of weir's answer.
var badStanzas = []struct{ name, stanza, answer string }{
	{"another element", "<foo from='c.example' to='w.example' id='1'/>", badRequest("foo", "w.example", "c.example", "1")},
	{"another element with children", "<foo from='c.example' to='w.example'><iq/></foo>", badRequest("foo", "w.example", "c.example", "")},
	{"a second handshake", "<handshake>0123456789012345678901234567890123456789</handshake>", badRequest("handshake", "", "", "")},
	{"a stanza in a foreign namespace", "<message xmlns='urn:other' from='c.example' to='w.example' id='1'/>",
		badRequest("message", "w.example", "c.example", "1")},
	{"a stanza with a prefix", "<c:message xmlns:c='jabber:client' from='c.example' to='w.example' id='1'/>",
		badRequest("message", "w.example", "c.example", "1")},
	{"capitals", "<Message from='c.example' to='w.example' id='1'/>", badRequest("Message", "w.example", "c.example", "1")},
	{"no to", "<message from='c.example' id='1'/>", badRequest("message", "", "c.example", "1")},
	{"an empty to", "<message from='c.example' to='' id='1'/>", bareError("message", " from='' to='c.example' id='1'")},
	{"a to that is no address", "<message from='c.example' to='@@@' id='1'/>", badRequest("message", "@@@", "c.example", "1")},
	{"a to without a domain", "<iq type='get' from='c.example' to='u@' id='1'/>", badRequest("iq", "u@", "c.example", "1")},
	{"a to without a node before the sign", "<iq type='set' from='c.example' to='@w.example' id='1'/>",
		badRequest("iq", "@w.example", "c.example", "1")},
	{"a to with an empty resource", "<iq type='set' from='c.example' to='w.example/' id='1'/>",
		badRequest("iq", "w.example/", "c.example", "1")},
	{"no from", "<presence to='w.example'/>", badRequest("presence", "w.example", "", "")},
	{"slixmpp's keepalive", `<iq id="09c9fc2a" type="get" to="c.example"><ping xmlns="urn:xmpp:ping" /></iq>`,
		badRequest("iq", "c.example", "", "09c9fc2a")},
	{"an empty from", "<message from='' to='w.example' id='1'/>", bareError("message", " from='w.example' to='' id='1'")},
	{"a from that is no address", "<message from='@@@' to='w.example' id='1'/>", badRequest("message", "w.example", "@@@", "1")},
	{"another's from", "<message from='w.example' to='w.example' id='1'/>", badRequest("message", "w.example", "w.example", "1")},
	{"a from of another's user", "<message from='u@w.example/r' to='w.example' id='1'/>", badRequest("message", "w.example", "u@w.example/r", "1")},
	{"a from below the name", "<message from='sub.c.example' to='w.example' id='1'/>", badRequest("message", "w.example", "sub.c.example", "1")},
	{"a from above the name", "<message from='example' to='w.example' id='1'/>", badRequest("message", "w.example", "example", "1")},
	{"a from that ends like the name", "<message from='evilc.example' to='w.example' id='1'/>",
		badRequest("message", "w.example", "evilc.example", "1")},
	{"a from that begins like the name", "<message from='c.example.net' to='w.example' id='1'/>",
		badRequest("message", "w.example", "c.example.net", "1")},
	{"the name as a node", "<message from='c.example@w.example' to='w.example' id='1'/>",
		badRequest("message", "w.example", "c.example@w.example", "1")},
	{"the name as a resource", "<message from='w.example/c.example' to='w.example' id='1'/>",
		badRequest("message", "w.example", "w.example/c.example", "1")},
	{"a payload is not echoed", "<message from='c.example' to='@@@' id='1'><body>secret words</body></message>",
		badRequest("message", "@@@", "c.example", "1")},
	{"a namespace that is no URI", "<message from='c.example' to='w.example' id='1'><x xmlns='a}b'/></message>",
		badRequest("message", "w.example", "c.example", "1")},
	{"a namespace with a line feed, deep down", "<iq type='get' from='c.example' to='w.example' id='1'><a><b><c xmlns:d='a&#10;b'/></b></a></iq>",
		badRequest("iq", "w.example", "c.example", "1")},
	{"quotes in double quotes", `<message from="c.example" to="@'@" id="it's &quot;1&quot;"/>`,
		badRequest("message", "@&apos;@", "c.example", "it&apos;s &quot;1&quot;")},
}

func badRequest(name, from, to, id string) string {
	return xmpptest.StanzaError(name, from, to, id, "modify", "bad-request")
}

// bareError is a bad-request whose attributes cannot be told by leaving them out.
func bareError(name, attrs string) string {
	return "<" + name + attrs + " type='error'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></" +
		name + ">"
}

// TestBadStanzas: each is answered exactly so, nothing of it is forwarded, and the stream goes on.
func TestBadStanzas(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	witness, p := dial(t, w, "w.example"), dial(t, w, "c.example")
	for _, tt := range badStanzas {
		t.Run(tt.name, func(t *testing.T) {
			p, witness := p.In(t), witness.In(t)
			p.Send(tt.stanza)
			p.Expect(tt.answer)
			p.Dribble(tt.stanza)
			p.Expect(tt.answer)
			p.Sync()
			witness.Sync()
		})
	}
}

// TestBadErrorsAreNotAnswered: an answer to an error or to a result could be answered for ever.
func TestBadErrorsAreNotAnswered(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	p := dial(t, w, "c.example")
	for _, kind := range []string{"error", "result"} {
		for _, rest := range []string{" from='c.example' to='@@@'/>", " from='@@@' to='c.example'/>", "/>", " from='x.example' to='c.example'/>",
			" from='c.example' to='nobody.example'/>"} {
			p.Send("<iq id='1' type='" + kind + "'" + rest)
			p.Send("<foo id='1' type='" + kind + "'" + rest)
		}
	}
	p.Sync()
}

// forwarded are stanzas of c.example and what w.example must receive; "" stands for the same bytes.
var forwarded = []struct{ name, stanza, want string }{
	{name: "a message", stanza: "<message from='c.example' to='w.example'/>"},
	{name: "blanks everywhere", stanza: "<message  from = 'c.example'\n\tto\r\n=\t'w.example' ><body > a\r\n </body\n></message >"},
	{name: "either quote", stanza: `<message from="c.example" to='w.example' id="it's" type='a"b'/>`},
	{name: "references", stanza: "<message from='c.example' to='w.example' id='&lt;&#x20;&#9;&amp;'><body>&quot;&apos;&gt;&#x1F600;&#65;</body></message>"},
	{name: "references in addresses", stanza: "<message from='&#99;.example' to='u@w&#x2e;example/&amp;'/>"},
	{name: "CDATA", stanza: "<message from='c.example' to='w.example'><body><![CDATA[<&>]] ]]]]><![CDATA[>]]></body></message>"},
	{name: "four byte characters", stanza: "<message from='c.example' to='w.example'><body>😀é\u00a0\ufeff</body></message>"},
	{name: "names beyond ASCII", stanza: "<message from='c.example' to='w.example'><größe xmlns='urn:ü'/></message>"},
	{name: "attributes in any order, and unknown ones", stanza: "<iq zz='1' to='w.example' id='x' from='c.example' type='get' a.b-c='2'><q xmlns='urn:q'/></iq>"},
	{name: "namespaces inside", stanza: "<message from='c.example' to='w.example'><a xmlns='urn:a' xmlns:b='urn:b' b:c=''><b:d/><e xmlns=''/></a></message>"},
	{name: "a stanza inside a stanza", stanza: "<message from='c.example' to='w.example'><forwarded xmlns='urn:xmpp:forward:0'>" +
		"<message xmlns='jabber:client' from='x' to='y'><body>z</body></message></forwarded></message>"},
	{name: "capitals in addresses", stanza: "<message from='BOT@C.Example/R' to='U@W.EXAMPLE/R'/>"},
	{name: "a resource with signs", stanza: "<message from='c.example/@/x' to='u@w.example/a@b/c'/>"},
	{name: "type error", stanza: "<message type='error' from='c.example' to='w.example'><error type='cancel'/></message>"},
	{name: "no id", stanza: "<iq type='get' from='c.example' to='w.example'><query xmlns='urn:q'/></iq>"},
	{name: "presence", stanza: "<presence from='c.example/r' to='w.example'><show>away</show></presence>"},
	{name: "the component namespace", stanza: "<message xmlns='jabber:component:accept' from='c.example' to='w.example'/>"},
	{
		name:   "the client namespace goes",
		stanza: "<message xmlns='jabber:client' from='c.example' to='w.example'><body>x</body></message>",
		want:   "<message from='c.example' to='w.example'><body>x</body></message>",
	},
	{
		name:   "the server namespace goes, and the blanks before it",
		stanza: `<message from='c.example'  xmlns = "jabber:server" to='w.example'/>`,
		want:   "<message from='c.example' to='w.example'/>",
	},
	{
		name:   "the client namespace goes from the end",
		stanza: "<message from='c.example' to='w.example' xmlns='jabber:client'/>",
		want:   "<message from='c.example' to='w.example'/>",
	},
}

// TestForwarded: what is forwarded is what came, byte for byte, but for what must change.
func TestForwarded(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	witness, p := dial(t, w, "w.example"), dial(t, w, "c.example")
	for _, tt := range forwarded {
		t.Run(tt.name, func(t *testing.T) {
			p, witness := p.In(t), witness.In(t)
			want := tt.want
			if want == "" {
				want = tt.stanza
			}
			p.Send(tt.stanza)
			witness.Expect(want)
			p.Dribble(tt.stanza)
			witness.Expect(want)
			p.Send(strings.Repeat(tt.stanza, 3))
			witness.Expect(strings.Repeat(want, 3))
			p.Sync()
		})
	}
}

// TestForwardedContext: a receiver does not see the sender's header, so what a stanza has from it is written into the stanza.
func TestForwardedContext(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	witness := dial(t, w, "w.example")
	p := xmpptest.Connect(t, w.Addr())
	p.Open("c.example", " xml:lang='de'", " xmlns:x='urn:x'", " xmlns:y='urn:y'")
	p.Login(secret)
	const addresses = " from='c.example' to='w.example'"
	for _, tt := range []struct{ name, stanza, want string }{
		{"the language", "<message" + addresses + "/>", `<message xml:lang='de'` + addresses + `/>`},
		{"its own language stays", "<message xml:lang='fr'" + addresses + "/>", "<message xml:lang='fr'" + addresses + "/>"},
		{"an empty language is one", "<message xml:lang=''" + addresses + "/>", "<message xml:lang=''" + addresses + "/>"},
		{"a prefix of an attribute", "<message xml:lang='fr'" + addresses + " x:a='1'/>",
			"<message xmlns:x='urn:x' xml:lang='fr'" + addresses + " x:a='1'/>"},
		{"a prefix deep inside", "<message xml:lang='fr'" + addresses + "><a><b><y:c/></b></a></message>",
			"<message xmlns:y='urn:y' xml:lang='fr'" + addresses + "><a><b><y:c/></b></a></message>"},
		{"a prefix that the stanza declares itself", "<message xml:lang='fr'" + addresses + "><x:a xmlns:x='urn:z'/></message>",
			"<message xml:lang='fr'" + addresses + "><x:a xmlns:x='urn:z'/></message>"},
		{"a prefix and the client namespace", "<message xmlns='jabber:client' xml:lang='fr'" + addresses + "><y:a/></message>",
			"<message xmlns:y='urn:y' xml:lang='fr'" + addresses + "><y:a/></message>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, witness := p.In(t), witness.In(t)
			p.Send(tt.stanza)
			witness.Expect(tt.want)
		})
	}
}

// TestCheckFromOff: any valid address may be the sender's; a missing or a bad one is still refused.
func TestCheckFromOff(t *testing.T) {
	w := xmpptest.StartWeir(t, listener+"check_from = false\n")
	witness, p := dial(t, w, "w.example"), dial(t, w, "c.example")
	for _, from := range []string{"u@elsewhere.example/r", "w.example", "c.example", "u@localhost"} {
		m := "<message from='" + from + "' to='w.example'/>"
		p.Send(m)
		witness.Expect(m)
	}
	p.Send("<message to='w.example' id='1'/><message from='@@@' to='w.example' id='2'/>")
	p.Expect(badRequest("message", "w.example", "", "1") + badRequest("message", "w.example", "@@@", "2"))
	// An answer weir makes at once goes back where the stanza came from, whatever the stanza says.
	p.Send("<message from='w.example' to='nobody.example' id='3'/>")
	p.Expect(xmpptest.StanzaError("message", "nobody.example", "w.example", "3", "cancel", "remote-server-not-found"))
	witness.Sync()
}

// TestSubdomainFrom: a component below the hosts may use exactly its names.
func TestSubdomainFrom(t *testing.T) {
	w := xmpptest.StartWeir(t, hosted)
	witness := dial(t, w, "w.example")
	chat := xmpptest.Connect(t, w.Addr())
	chat.Open("chat", " is_subdomain='true'")
	chat.Login(secret)
	for _, from := range []string{"chat.example.com", "room@chat.example.org/nick", "CHAT.Example.COM"} {
		m := "<message from='" + from + "' to='w.example'/>"
		chat.Send(m)
		witness.Expect(m)
	}
	for _, from := range []string{"chat", "u@chat", "chat.example.net", "x.chat.example.com", "xchat.example.com", "example.com", "chat.example.com.evil"} {
		chat.Send("<message from='" + from + "' to='w.example' id='1'/>")
		chat.Expect(badRequest("message", "w.example", from, "1"))
	}
	witness.Sync()
}

// TestOwnName: a stanza to oneself comes back.
func TestOwnName(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	p := dial(t, w, "c.example")
	for _, m := range []string{
		"<message from='a@c.example' to='b@c.example'/>",
		"<iq type='get' id='1' from='c.example' to='c.example'><ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type='result' id='1' from='c.example' to='c.example'/>",
	} {
		p.Send(m)
		p.Expect(m)
	}
}

// TestKeepalives: blanks between stanzas are nothing at all.
func TestKeepalives(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	witness, p := dial(t, w, "w.example"), dial(t, w, "c.example")
	m := "<message from='c.example' to='w.example'/>"
	p.Send(" " + m + "\n\r\t  " + m + strings.Repeat(" ", 1<<20) + m)
	witness.Expect(m + m + m)
	p.Sync()
}

// TestTextBetweenStanzas: other text there ends the stream.
func TestTextBetweenStanzas(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	for _, text := range []string{"hello", "\u00a0", "&#x20;", "<![CDATA[ ]]>", "\ufeff"} {
		p := dial(t, w, "c.example")
		p.Send(text + "<message from='c.example' to='c.example'/>")
		p.ExpectStreamError("(?:bad-format|not-well-formed)")
	}
}

// TestOrder: many stanzas, of many sizes, cut anywhere, to several receivers: each receiver sees its own in order.
func TestOrder(t *testing.T) {
	const rounds = 400
	w := xmpptest.StartWeir(t, listener)
	p := dial(t, w, "c.example")
	names := []string{"a.example", "b.example", "d.example"}
	var sent strings.Builder
	want := make([]strings.Builder, len(names))
	for i := range rounds {
		for j, name := range names {
			m := fmt.Sprintf("<message from='c.example' to='%s' id='%d'><body>%s</body></message>", name, i, strings.Repeat("y", i*(j+1)%3000))
			sent.WriteString(m)
			want[j].WriteString(m)
		}
	}
	receivers := make([]*xmpptest.Peer, len(names))
	for j, name := range names {
		receivers[j] = dial(t, w, name)
	}
	done := make(chan error, 1)
	go func() { done <- sendInPieces(p, sent.String()) }()
	for j, r := range receivers {
		r.Expect(want[j].String())
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	p.Sync()
}

// sendInPieces cuts a text into pieces of ever other sizes, from a byte to some ten thousand.
func sendInPieces(p *xmpptest.Peer, text string) error {
	for size := 1; text != ""; size = size*7%10007 + 1 {
		n := min(size, len(text))
		if err := p.TrySend(text[:n]); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

// TestLargeStanza: a stanza just below the limit arrives whole.
func TestLargeStanza(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	witness, p := dial(t, w, "w.example"), dial(t, w, "c.example")
	m := "<message from='c.example' to='w.example'><body>" + strings.Repeat("z", 512<<10-100) + "</body></message>"
	done := make(chan error, 1)
	go func() { done <- sendInPieces(p, m+m) }()
	witness.Expect(m + m)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
