// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"testing"

	"weir/xmlscan"
)

const (
	declaration = "<?xml version='1.0'?>"
	opening     = declaration + "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'"
)

func TestHeaderGolden(t *testing.T) {
	rows := []struct {
		name string
		o    HeaderOptions
		want string
	}{
		{"answer", HeaderOptions{From: "chat.example.org", ID: "AB12"}, opening + " from='chat.example.org' id='AB12'>"},
		{"answer to a peer with version", HeaderOptions{From: "chat", ID: "AB12", Version: true}, opening + " from='chat' id='AB12' version='1.0'>"},
		{"before an error, name unknown", HeaderOptions{ID: "AB12"}, opening + " id='AB12'>"},
		{"component", HeaderOptions{To: "chat"}, opening + " to='chat'>"},
		{"subdomain component", HeaderOptions{To: "chat", Subdomain: true}, opening + " to='chat' is_subdomain='true'>"},
		{"hostile name", HeaderOptions{From: `a'/><b x="&`, ID: "1"}, opening + " from='a&apos;/&gt;&lt;b x=&quot;&amp;' id='1'>"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { golden(t, AppendHeader([]byte("+"), row.o), row.want) })
	}
}

func TestStreamErrorGolden(t *testing.T) {
	const ns = "urn:ietf:params:xml:ns:xmpp-streams"
	rows := []struct {
		cond       xmlscan.Condition
		text, want string
	}{
		{CondConflict, "", "<stream:error><conflict xmlns='" + ns + "'/></stream:error>"},
		{CondConflict, "Replaced by new connection", "<stream:error><conflict xmlns='" + ns + "'/><text xmlns='" + ns + "' xml:lang='en'>Replaced by new connection</text></stream:error>"},
		{CondNotAuthorized, "<&>", "<stream:error><not-authorized xmlns='" + ns + "'/><text xmlns='" + ns + "' xml:lang='en'>&lt;&amp;&gt;</text></stream:error>"},
	}
	for _, row := range rows {
		golden(t, AppendStreamError([]byte("+"), row.cond, row.text), row.want)
	}
}

func TestHandshakeGolden(t *testing.T) {
	golden(t, AppendHandshakeOK([]byte("+")), "<handshake/>")
	golden(t, AppendHandshake([]byte("+"), Digest("3BF96D32", "secret")), "<handshake>b09ea9b3b7f586be8a08d0a3dd7466f110aeb136</handshake>")
}

func TestStanzaErrorGolden(t *testing.T) {
	const (
		ns          = "urn:ietf:params:xml:ns:xmpp-stanzas"
		unavailable = "<error type='cancel'><service-unavailable xmlns='" + ns + "'/></error>"
	)
	rows := []struct {
		name string
		a    Answer
		e    StanzaError
		want string
	}{
		{"all there", answer("iq", "a@b/c", "d", "7"), ServiceUnavailable, "<iq from='d' to='a@b/c' id='7' type='error'>" + unavailable + "</iq>"},
		{"no id", Answer{Local: []byte("message"), From: []byte("a"), To: []byte("b")}, ServiceUnavailable, "<message from='b' to='a' type='error'>" + unavailable + "</message>"},
		{"no from", Answer{Local: []byte("iq"), To: []byte("b"), ID: []byte("1")}, ServiceUnavailable, "<iq from='b' id='1' type='error'>" + unavailable + "</iq>"},
		{"no to", Answer{Local: []byte("iq"), From: []byte("a")}, ServiceUnavailable, "<iq to='a' type='error'>" + unavailable + "</iq>"},
		{"nothing", Answer{Local: []byte("foo")}, ServiceUnavailable, "<foo type='error'>" + unavailable + "</foo>"},
		{"empty is not absent", answer("iq", "", "", ""), ServiceUnavailable, "<iq from='' to='' id='' type='error'>" + unavailable + "</iq>"},
		{"single quotes in values that came in double quotes", answer("iq", "a@b/d'e", "''", "'"), ServiceUnavailable,
			"<iq from='&apos;&apos;' to='a@b/d&apos;e' id='&apos;' type='error'>" + unavailable + "</iq>"},
		{"double quotes in values that came in single quotes", answer("iq", `a@b/"`, "b", `"`), ServiceUnavailable,
			`<iq from='b' to='a@b/"' id='"' type='error'>` + unavailable + "</iq>"},
		{"references stay", answer("iq", "a@b/&lt;&#39;&amp;", "b", "&quot;"), ServiceUnavailable,
			"<iq from='b' to='a@b/&lt;&#39;&amp;' id='&quot;' type='error'>" + unavailable + "</iq>"},
		{"with text", answer("iq", "a", "b", "1"), StanzaError{Type: "wait", Condition: "resource-constraint", Text: "a<b"},
			"<iq from='b' to='a' id='1' type='error'><error type='wait'><resource-constraint xmlns='" + ns + "'/><text xmlns='" + ns + "' xml:lang='en'>a&lt;b</text></error></iq>"},
		{"bad-request", answer("foo", "a", "@@@", "1"), BadRequest,
			"<foo from='@@@' to='a' id='1' type='error'><error type='modify'><bad-request xmlns='" + ns + "'/></error></foo>"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { golden(t, AppendStanzaError([]byte("+"), row.a, row.e), row.want) })
	}
}

// RFC 6120 §8.3.3 fixes which type goes with a condition as a rule.
func TestStanzaErrorTypes(t *testing.T) {
	rows := map[StanzaError]string{
		BadRequest: "modify bad-request", ItemNotFound: "cancel item-not-found", NotAllowed: "cancel not-allowed",
		RemoteServerNotFound: "cancel remote-server-not-found", RemoteServerTimeout: "wait remote-server-timeout",
		ResourceConstraint: "wait resource-constraint", ServiceUnavailable: "cancel service-unavailable",
	}
	for e, want := range rows {
		if got := e.Type + " " + e.Condition; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func answer(local, from, to, id string) Answer {
	return Answer{Local: []byte(local), From: []byte(from), To: []byte(to), ID: []byte(id)}
}

// golden compares what a writer appended to "+".
func golden(t *testing.T, got []byte, want string) {
	t.Helper()
	if string(got) != "+"+want {
		t.Errorf("got  %s\nwant +%s", got, want)
	}
}
