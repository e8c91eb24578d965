// SPDX-License-Identifier: Apache-2.0

package session

import (
	"strings"
	"testing"

	"weir/internal/wire"
)

const stanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas"

// errorTo is weir's answer to a stanza.
func errorTo(local, from, to, id string, e wire.StanzaError) string {
	if id != "" {
		id = " id='" + id + "'"
	}
	return "<" + local + " from='" + from + "' to='" + to + "'" + id + " type='error'><error type='" + e.Type + "'><" +
		e.Condition + " xmlns='" + stanzaErrors + "'/></error></" + local + ">"
}

// What is forwarded is byte for byte what came (behaviour, section 4.5).
func TestForwardedByteForByte(t *testing.T) {
	stanzas := []string{
		`<message to="a@b.example" from="x@a.example"><body>h&#233;llo &lt;&amp;&gt; 😀</body></message>`,
		`<iq  type='get'   id='1' to='b.example' from='a.example' ><q xmlns='u:r:n'/></iq >`,
		`<presence to='b.example/r' from='a.example'/>`,
		`<message xmlns='jabber:component:accept' to='B.Example' from='A.EXAMPLE'><x xmlns='jabber:client'/></message>`,
		`<message to='b.&#101;xample' from="a.example"><b><![CDATA[<&>]]></b></message>`,
		`<p:message xmlns:p='jabber:client' to='b.example' from='a.example'/>`,
	}
	b := newBed(t, usual())
	from, to := b.join(0, "a.example").joined(), b.join(0, "b.example").joined()
	for _, s := range stanzas[:5] {
		from.says(s)
		to.wants(s)
		from.wants("")
	}
	all := strings.Join(stanzas[:5], " \n")
	from.says(all)
	to.wants(strings.Join(stanzas[:5], "")) // blanks between stanzas are nobody's
	for i := range len(all) {               // bytes, not characters
		from.says(all[i : i+1])
	}
	to.wants(strings.Join(stanzas[:5], ""))
	b.balanceBooks()
}

// The few things that mean something else on another stream are changed.
func TestRewritten(t *testing.T) {
	header := ` xmlns:p='urn:p' xmlns:q="urn:'q'&amp;" xml:lang="fr"`
	rows := []struct{ name, in, out string }{
		{"language", `<message to='b.example' from='a.example'/>`, `<message xml:lang='fr' to='b.example' from='a.example'/>`},
		{"own language stays", `<message xml:lang='de' to='b.example' from='a.example'/>`, `<message xml:lang='de' to='b.example' from='a.example'/>`},
		{"prefix in a child", `<message xml:lang='' to='b.example' from='a.example'><p:x/></message>`,
			`<message xmlns:p='urn:p' xml:lang='' to='b.example' from='a.example'><p:x/></message>`},
		{"prefix of an attribute", `<message xml:lang='' to='b.example' from='a.example'><x q:y='1'/></message>`,
			`<message xmlns:q='urn:&apos;q&apos;&amp;' xml:lang='' to='b.example' from='a.example'><x q:y='1'/></message>`},
		{"prefix declared anew", `<message xml:lang='' to='b.example' from='a.example'><p:x xmlns:p='urn:o'/></message>`,
			`<message xml:lang='' to='b.example' from='a.example'><p:x xmlns:p='urn:o'/></message>`},
		{"client namespace", `<iq xml:lang='' to='b.example' xmlns='jabber:client' from='a.example' type='get' id='1'><q xmlns='urn:q'/></iq>`,
			`<iq xml:lang='' to='b.example' from='a.example' type='get' id='1'><q xmlns='urn:q'/></iq>`},
		{"server namespace, everything", `<iq xmlns="jabber:server" to='b.example' from='a.example' type='get' id='1'><p:q/></iq>`,
			`<iq xml:lang='fr' xmlns:p='urn:p' to='b.example' from='a.example' type='get' id='1'><p:q/></iq>`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			b := newBed(t, usual())
			to := b.join(0, "b.example").joined()
			from := b.connect(0).negotiate("a.example", header).joined()
			from.says(r.in)
			to.wants(r.out)
			for i := range len(r.in) {
				from.says(r.in[i : i+1])
			}
			to.wants(r.out)
			from.wants("")
			b.balanceBooks()
		})
	}
}

// White space that a header wrote as references is no blank: a receiver who takes it
// for one sees another language than we did.
func TestRewrittenWhiteSpaceStays(t *testing.T) {
	b := newBed(t, usual())
	to := b.join(0, "b.example").joined()
	from := b.connect(0).negotiate("a.example", ` xml:lang='f&#10;r&#x9;&#13; '`).joined()
	from.says(`<message to='b.example' from='a.example'/>`)
	to.wants(`<message xml:lang='f&#10;r&#9;&#13; ' to='b.example' from='a.example'/>`)
	from.wants("")
	b.balanceBooks()
}

// A namespace of the header that would end some receivers' streams is no matter until a stanza uses it.
func TestOddNamespaceOfTheHeader(t *testing.T) {
	b := newBed(t, usual())
	to := b.join(0, "b.example").joined()
	from := b.connect(0).negotiate("a.example", ` xmlns:p='u&#9;' xmlns:q='u}' xmlns:r='u'`).joined()
	const head = `<message to='b.example' from='a.example'`
	from.says(head + `><r:x/></message>`)
	to.wants(`<message xmlns:r='u' to='b.example' from='a.example'><r:x/></message>`)
	for _, in := range []string{head + ` p:a='1'/>`, head + `><x><q:x/></x></message>`} {
		from.says(in)
		from.wants(`<message from='b.example' to='a.example' type='error'>` +
			`<error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`)
	}
	from.says(head + ` type='error' p:a='1'/>`)
	from.wants("")
	to.wants("")
	b.balanceBooks()
}

// behaviour, section 4: 1 to 4 and 7.
func TestRefusedStanzas(t *testing.T) {
	rows := []struct {
		name, in string
		local    string
		from, to string // of the answer; empty: no such attribute
		err      wire.StanzaError
	}{
		{"another element", `<foo from='a.example' to='b.example' id='1'/>`, "foo", "b.example", "a.example", wire.BadRequest},
		{"another namespace", `<message xmlns='u' from='a.example' to='b.example' id='1'/>`, "message", "b.example", "a.example", wire.BadRequest},
		{"a prefixed one", `<p:message xmlns:p='jabber:client' from='a.example' to='b.example' id='1'/>`, "message", "b.example", "a.example", wire.BadRequest},
		{"invalid to", `<message from='a.example' to='@@@' id='1'/>`, "message", "@@@", "a.example", wire.BadRequest},
		{"invalid from", `<message from='@@@' to='b.example' id='1'/>`, "message", "b.example", "@@@", wire.BadRequest},
		{"another's from", `<message from='b.example' to='b.example' id='1'/>`, "message", "b.example", "b.example", wire.BadRequest},
		{"from under us", `<message from='x.a.example' to='b.example' id='1'/>`, "message", "b.example", "x.a.example", wire.BadRequest},
		{"from with our name behind", `<message from='nota.example' to='b.example' id='1'/>`, "message", "b.example", "nota.example", wire.BadRequest},
		{"nobody there", `<message from='u@a.example/r' to='x@nowhere.example' id='1'><body/></message>`, "message", "x@nowhere.example", "u@a.example/r", wire.RemoteServerNotFound},
		{"nobody under a host", `<iq type='get' from='a.example' to='gone.host.example' id='1'><q xmlns='u'/></iq>`, "iq", "gone.host.example", "a.example", wire.ServiceUnavailable},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c := usual()
			c.hosts = []string{"host.example"}
			b := newBed(t, c)
			to, from := b.join(0, "b.example").joined(), b.join(0, "a.example").joined()
			from.says(r.in)
			from.wants(errorTo(r.local, r.from, r.to, "1", r.err))
			answer := strings.Replace(r.in, " id=", " type='error' id=", 1)
			from.says(strings.Replace(answer, "type='get' ", "", 1))
			from.wants("") // an error is not answered
			from.says(`<message from='a.example' to='b.example'/>`)
			to.wants(`<message from='a.example' to='b.example'/>`)
			b.balanceBooks()
		})
	}
}

func TestMissingAddresses(t *testing.T) {
	b := newBed(t, usual())
	p := b.join(0, "a.example").joined()
	p.says(`<iq type='get' id='1' to='a.example'><ping xmlns='urn:xmpp:ping'/></iq>`)
	p.wants(`<iq from='a.example' id='1' type='error'><error type='modify'><bad-request xmlns='` + stanzaErrors + `'/></error></iq>`)
	p.says(`<message from='a.example'/>`)
	p.wants(`<message to='a.example' type='error'><error type='modify'><bad-request xmlns='` + stanzaErrors + `'/></error></message>`)
	b.balanceBooks()
}

// A stanza to one's own name comes back (behaviour, section 11).
func TestToItself(t *testing.T) {
	b := newBed(t, usual())
	p := b.join(0, "a.example").joined()
	p.says(`<message from='a.example' to='x@a.example'/>`)
	p.wants(`<message from='a.example' to='x@a.example'/>`)
}

func TestWithoutCheckFrom(t *testing.T) {
	c := usual()
	c.settings.CheckFrom = false
	b := newBed(t, c)
	to, from := b.join(0, "b.example").joined(), b.join(0, "a.example").joined()
	from.says(`<message from='u@other.example' to='b.example'/>`)
	to.wants(`<message from='u@other.example' to='b.example'/>`)
	from.says(`<message from='@@@' to='b.example' id='1'/>`)
	from.wants(errorTo("message", "b.example", "@@@", "1", wire.BadRequest))
}

// What was cached of an address must not outlive what it was true of.
func TestTargetsAreLookedUpAgain(t *testing.T) {
	b := newBed(t, usual())
	from, to := b.join(0, "a.example").joined(), b.join(0, "b.example").joined()
	const m = `<message from='a.example' to='b.example' id='1'/>`
	from.says(m)
	to.wants(m)
	to.says("</stream:stream>")
	to.wants("</stream:stream>")
	from.says(m)
	from.wants(errorTo("message", "b.example", "a.example", "1", wire.RemoteServerNotFound))
	again := b.join(0, "b.example").joined()
	from.says(m)
	again.wants(m)
	b.setRules(nil, []string{"mongoose_router_global"})
	from.says(m)
	from.wants(errorTo("message", "b.example", "a.example", "1", wire.RemoteServerNotFound))
	b.balanceBooks()
}

func TestStanzasBeforeTheHandshakeAreDropped(t *testing.T) {
	b := newBed(t, usual())
	to := b.join(0, "b.example").joined()
	p := b.connect(0)
	p.says("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='a.example'>" +
		"<message from='a.example' to='b.example'/>")
	to.wants("")
	if c, _ := b.counts(); c.Early != 1 || c.Accepted != 0 {
		t.Errorf("early %d, accepted %d", c.Early, c.Accepted)
	}
}
