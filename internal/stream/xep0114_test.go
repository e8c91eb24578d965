// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"strings"
	"testing"
)

// One test for each rule of XEP-0114 that a stream can keep or break. What it
// says of stanzas' addresses is the session's, not the stream's.

const (
	hello     = `peer> <stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='plays.shakespeare.lit'>`
	ourHeader = `us> <?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='plays.shakespeare.lit' id='ID'>`
	nameless  = `<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='ID'>`
	opened    = hello + "\nevent> Opened plays.shakespeare.lit\n" + ourHeader + "\n"
	proven    = opened + "peer> <handshake>{proof secret}</handshake>\nevent> Authenticated\n"
	open      = proven + "do> establish\nus> <handshake/>\n"
)

// failed is how a stream ends with a condition and a text.
func failed(before, condition, text string) string {
	const ns = " xmlns='urn:ietf:params:xml:ns:xmpp-streams'"
	element := "<text" + ns + " xml:lang='en'>" + text + "</text>"
	if text == "" {
		element = ""
	}
	return strings.TrimRight("event> Failed "+condition+" "+text, " ") + "\n" +
		"us> " + before + "<stream:error><" + condition + ns + "/>" + element + "</stream:error></stream:stream>\n"
}

// §3: a server that serves the name answers the header with a header, which
// has the component's name as 'from' and a stream id.
func TestXEP0114HeaderIsAnsweredWithAHeader(t *testing.T) {
	talk(t, opened)
}

// §3: 'to' is the component's name, not the server's: whatever name it is, it
// is the one the server judges and names in its answer.
func TestXEP0114ToIsTheComponentsName(t *testing.T) {
	talk(t, strings.ReplaceAll(opened, "plays.shakespeare.lit", "another.example"))
}

// §3: a name that will not be served is a stream error: host-unknown when it
// can be none of ours...
func TestXEP0114NameThatIsNotServed(t *testing.T) {
	talk(t, strings.Replace(hello, "plays.shakespeare.lit", "a@b", 1)+"\n"+
		failed(nameless, "host-unknown", "the header names no component"))
}

// ...and conflict when somebody else has it. That it comes after the proof,
// not at the header, keeps it from those who do not know the password.
func TestXEP0114NameThatIsTaken(t *testing.T) {
	talk(t, proven+"do> fail conflict\n"+
		"us> <stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>\n")
}

// §3: a namespace that is not supported is invalid-namespace.
func TestXEP0114NamespaceThatIsNotSupported(t *testing.T) {
	for _, ns := range []string{"jabber:client", "jabber:server", "jabber:component:connect", "jabber:component:accept ", "", "JABBER:COMPONENT:ACCEPT"} {
		talk(t, strings.Replace(hello, "jabber:component:accept", ns, 1)+"\n"+
			failed(nameless, "invalid-namespace", "the default namespace is not jabber:component:accept"))
	}
}

// §3 with RFC 3920 §4.7.1: an error about the header comes between an opening
// and a closing stream tag. Each failed(nameless, ...) in this package's tests
// holds that; here it is said in one place.
func TestXEP0114HeaderErrorsStandInAStream(t *testing.T) {
	for _, first := range []string{"GET / HTTP/1.1\r\n\r\n", "<stream>", "<x/>", "\x00", "<stream:stream xmlns:stream='x'>", "<!DOCTYPE a>", "\xfe\xff"} {
		a := &Acceptor{}
		a.Init(&AcceptConfig{Passwords: []string{"secret"}}, dialogueID)
		a.Feed([]byte(first))
		ev, out := a.Next(nil)
		if s := string(out); ev != Failed || !strings.HasPrefix(s, nameless+"<stream:error>") || !strings.HasSuffix(s, "</stream:error></stream:stream>") {
			t.Errorf("%q: %v %s", first, ev, out)
		}
	}
}

// §3: the component must send a handshake after the header; nothing else makes
// it a component.
func TestXEP0114NothingButAHandshakeAuthenticates(t *testing.T) {
	talk(t, opened+
		"peer> <iq type='set' id='1'><query xmlns='jabber:iq:auth'/></iq>\n"+
		"event> Dropped <iq type='set' id='1'><query xmlns='jabber:iq:auth'/></iq>\n"+
		"peer> <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>\n"+
		"event> Dropped <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>\n"+
		"peer> <handshakes>{proof secret}</handshakes>\n"+
		"event> Dropped <handshakes>"+proofOf("secret")+"</handshakes>\n")
}

// §3: the proof is the handshake's character data, however it is written.
func TestXEP0114ProofIsCharacterData(t *testing.T) {
	talk(t, opened+"peer> <handshake><![CDATA[{proof secret}]]></handshake>\nevent> Authenticated\n")
	talk(t, opened+"peer> <handshake>\\n<![CDATA[]]>{proof secret}<![CDATA[ ]]></handshake>\nevent> Authenticated\n")
	// of "IDsecret", after sha1sum; 3 is U+0033, a is U+0061, d is U+0064
	talk(t, opened+"peer> <handshake>&#51;&#x61;4ddb4f707b02334d14be9d04eb39e3e4a4fed&#x00000064;</handshake>\nevent> Authenticated\n")
	talk(t, opened+"peer> <handshake>&#10;{proof secret}&#xA;</handshake>\nevent> Authenticated\n")
	talk(t, opened+"peer> <handshake>{proof secret}&#48;</handshake>\n"+failed("", "not-authorized", "Invalid handshake"))
	talk(t, opened+"peer> <handshake>&lt;{proof secret}</handshake>\n"+failed("", "not-authorized", "Invalid handshake"))
	talk(t, opened+"peer> <handshake><x>{proof secret}</x></handshake>\n"+failed("", "not-authorized", "Invalid handshake"))
}

// §3, step 1: characters with a predefined entity are escaped before hashing.
// Most libraries do not, so both are right.
func TestXEP0114EscapedPassword(t *testing.T) {
	const set = "set> passwords a&b<c>'\"\n"
	for _, written := range []string{"a&b<c>'\"", "a&amp;b&lt;c&gt;&apos;&quot;"} {
		talk(t, set+opened+"peer> <handshake>{proof "+written+"}</handshake>\nevent> Authenticated\n")
	}
	talk(t, set+opened+"peer> <handshake>{proof a&amp;b<c>'\"}</handshake>\n"+failed("", "not-authorized", "Invalid handshake"))
}

// §3, step 1: characters beyond ASCII are hashed as UTF-8.
func TestXEP0114PasswordIsUTF8(t *testing.T) {
	// sha1sum of the bytes of "IDpässwörd"
	talk(t, "set> passwords pässwörd\n"+opened+"peer> <handshake>9aee40bf163f1d534121852cfdce09082103797b</handshake>\nevent> Authenticated\n")
}

// §3, steps 2 to 4: SHA-1, in hexadecimal, not base64.
func TestXEP0114ProofIsHexadecimal(t *testing.T) {
	// of "IDsecret", after sha1sum and openssl
	talk(t, opened+"peer> <handshake>3a4ddb4f707b02334d14be9d04eb39e3e4a4fedd</handshake>\nevent> Authenticated\n")
	talk(t, opened+"peer> <handshake>Ok3bT3B7AjNNFL6dBOs54+Sk/t0=</handshake>\n"+failed("", "not-authorized", "Invalid handshake"))
}

// §3: wrong credentials close the stream, with not-authorized.
func TestXEP0114WrongCredentials(t *testing.T) {
	talk(t, opened+"peer> <handshake>{proof guess}</handshake>\n"+failed("", "not-authorized", "Invalid handshake")+
		"peer> <handshake>{proof secret}</handshake>\n")
}

// §3: right credentials are answered with an empty handshake element.
func TestXEP0114RightCredentials(t *testing.T) {
	talk(t, open)
}

// §3: once authenticated, the component sends and receives stanzas.
func TestXEP0114StanzasAfterTheHandshake(t *testing.T) {
	talk(t, open+
		"peer> <message from='anyone@plays.shakespeare.lit' to='a@b'/><iq type='get' id='1' from='plays.shakespeare.lit' to='b'><x xmlns='y'/></iq>\n"+
		"event> StanzaReady <message from='anyone@plays.shakespeare.lit' to='a@b'/>\n"+
		"event> StanzaReady <iq type='get' id='1' from='plays.shakespeare.lit' to='b'><x xmlns='y'/></iq>\n")
}
