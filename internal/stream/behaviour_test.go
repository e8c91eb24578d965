// SPDX-License-Identifier: Apache-2.0

package stream

import (
	"strings"
	"testing"

	"weir/internal/wire"
)

// One test for each rule of ours about opening, handshake and leaving, where
// XEP-0114 says less.

func proofOf(password string) string {
	p := wire.Digest(dialogueID, password)
	return string(p[:])
}

// header is the component's header with other attributes.
func header(attributes string) string {
	return "peer> <stream:stream " + attributes + ">\n"
}

const (
	nsDefault = "xmlns='jabber:component:accept'"
	nsStream  = "xmlns:stream='http://etherx.jabber.org/streams'"
	tooLarge  = "longer than the limit"
	noName    = "the header names no component"
)

// accepted is what follows a header that is taken.
const accepted = "event> Opened plays.shakespeare.lit\n" + ourHeader + "\n"

func TestHeaderAttributesInAnyOrder(t *testing.T) {
	parts := []string{nsDefault, nsStream, "to='plays.shakespeare.lit'"}
	for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		talk(t, header(parts[order[0]]+" "+parts[order[1]]+" "+parts[order[2]])+accepted)
	}
}

func TestHeaderInEitherQuote(t *testing.T) {
	talk(t, strings.ReplaceAll(header(nsDefault+" "+nsStream+" to='plays.shakespeare.lit'"), "'", `"`)+accepted)
	talk(t, header(nsDefault+` xmlns:stream="http://etherx.jabber.org/streams" to='plays.shakespeare.lit'`)+accepted)
}

func TestHeaderWithBlanksAndNewlines(t *testing.T) {
	talk(t, header("\\n\\t "+nsDefault+"\\r\\n "+nsStream+"  to = 'plays.shakespeare.lit' ")+accepted+"peer> \\n\\n\n")
}

func TestHeaderWithXMLDeclaration(t *testing.T) {
	for _, declaration := range []string{
		"<?xml version='1.0'?>", `<?xml version="1.0" encoding="utf-8"?>`, "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\\n",
	} {
		talk(t, strings.Replace(hello, "<stream", declaration+"<stream", 1)+"\n"+accepted)
	}
}

// A byte order mark is dropped as the very first bytes.
func TestHeaderBehindAByteOrderMark(t *testing.T) {
	talk(t, strings.Replace(hello, "<stream", `\xef\xbb\xbf<stream`, 1)+"\n"+accepted)
	talk(t, strings.Replace(hello, "<stream", `\xef\xbb\xbf<?xml version='1.0'?><stream`, 1)+"\n"+accepted)
}

func TestHeaderWithForeignAttributes(t *testing.T) {
	talk(t, header(nsDefault+" "+nsStream+" to='plays.shakespeare.lit' from='shakespeare.lit' xml:lang='en' allowMultiple='true' id='x'")+accepted)
}

// Any prefix may stand for the streams namespace; ours is always "stream".
func TestHeaderWithAnotherPrefix(t *testing.T) {
	talk(t, "peer> <s:stream "+nsDefault+" xmlns:s='http://etherx.jabber.org/streams' to='plays.shakespeare.lit'>\n"+accepted+
		"peer> </s:stream>\nevent> Closed\nus> </stream:stream>\n")
}

// The answer has a version if the header had one, and never stream features.
func TestVersionIsEchoed(t *testing.T) {
	for _, version := range []string{"1.0", "2.7"} {
		talk(t, header(nsDefault+" "+nsStream+" to='plays.shakespeare.lit' version='"+version+"'")+
			strings.Replace(accepted, " id='ID'>", " id='ID' version='1.0'>", 1))
	}
}

// NAME in the answer is the requested name in normal form.
func TestNameIsNormalised(t *testing.T) {
	rows := map[string]string{
		"Plays.Shakespeare.LIT": "plays.shakespeare.lit", "plays.shakespeare.lit.": "plays.shakespeare.lit",
		"plays&#46;shakespeare.lit": "plays.shakespeare.lit", "xn--bcher-kva.example": "bücher.example", "BÜCHER.example": "bücher.example",
		"[2001:DB8::1]": "[2001:db8::1]",
	}
	for to, name := range rows {
		talk(t, header(nsDefault+" "+nsStream+" to='"+to+"'")+strings.ReplaceAll(accepted, "plays.shakespeare.lit", name))
	}
}

// is_subdomain counts if it is exactly "true".
func TestIsSubdomain(t *testing.T) {
	rows := map[string]bool{"true": true, "&#116;rue": true, "True": false, "1": false, " true": false, "": false, "false": false}
	for value, subdomain := range rows {
		text := header(nsDefault+" "+nsStream+" to='plays.shakespeare.lit' is_subdomain='"+value+"'") + accepted
		if subdomain {
			text = strings.Replace(text, "Opened plays.shakespeare.lit", "Opened plays.shakespeare.lit subdomain", 1)
		}
		talk(t, text)
	}
}

func TestStreamNamespaceIsWrong(t *testing.T) {
	const text = "the root element is not in the streams namespace"
	talk(t, header(nsDefault+" xmlns:stream='http://etherx.jabber.org/stream' to='a'")+failed(nameless, "invalid-namespace", text))
	talk(t, "peer> <stream "+nsDefault+" to='a'>\n"+failed(nameless, "invalid-namespace", text))
}

// A wrong namespace is told before a wrong name.
func TestNamespaceIsJudgedFirst(t *testing.T) {
	talk(t, header("xmlns='jabber:client' "+nsStream+" to='@@@'")+
		failed(nameless, "invalid-namespace", "the default namespace is not jabber:component:accept"))
	talk(t, header(nsStream+" to='a'")+
		failed(nameless, "invalid-namespace", "the default namespace is not jabber:component:accept"))
}

// 'to' is missing, empty, too long, or not a bare domain.
func TestHostUnknown(t *testing.T) {
	rows := []string{
		"", "to=''", "to='@@@'", "to='a@b'", "to='a/b'", "to='a b'", "to='.a'", "to='a..b'", "to='&lt;'", "to='&apos;'",
		"to='" + strings.Repeat("a", 1024) + "'", "TO='a'", "from='a'", "stream:to='a'",
	}
	for _, to := range rows {
		if len(to) < 100 {
			talk(t, header(nsDefault+" "+nsStream+" "+to)+failed(nameless, "host-unknown", noName))
			continue
		}
		talkWhole(t, header(nsDefault+" "+nsStream+" "+to)+failed(nameless, "host-unknown", noName))
	}
	longest := strings.Repeat("a", 1023)
	talkWhole(t, header(nsDefault+" "+nsStream+" to='"+longest+"'")+strings.ReplaceAll(accepted, "plays.shakespeare.lit", longest))
}

// A root of another name is bad-format, whatever its namespace.
func TestRootIsNotAStream(t *testing.T) {
	const text = "the root element is not a stream"
	talk(t, "peer> <html>\n"+failed(nameless, "bad-format", text))
	talk(t, "peer> <stream:streams "+nsDefault+" "+nsStream+" to='a'>\n"+failed(nameless, "bad-format", text))
	talk(t, "peer> <message/>\n"+failed(nameless, "bad-format", text))
}

// What is not XML is not-well-formed, told at the byte that shows it.
func TestNotXML(t *testing.T) {
	for _, first := range []string{"GET / HTTP/1.1\r\n", "\x16\x03\x01\x02\x00", "SSH-2.0-x\r\n", "{}", "</stream:stream>", "<1>"} {
		a := &Acceptor{}
		a.Init(&AcceptConfig{Passwords: []string{"secret"}}, dialogueID)
		a.Feed([]byte(first))
		ev, _ := a.Next(nil)
		if ev != Failed || a.Verdict().Condition != "not-well-formed" {
			t.Errorf("%q: %v %v", first, ev, a.Verdict())
		}
	}
}

// Nothing of the input comes back in an error.
func TestErrorsEchoNothing(t *testing.T) {
	const canary = "canary"
	rows := []string{
		canary, "<" + canary + ">", "<a b='" + canary + "' b=''>", "<x:" + canary + ">", "<!--" + canary, "<" + canary + "&",
		"<stream:stream " + nsDefault + " " + nsStream + " to='" + canary + "@b'>", "<stream:stream " + nsDefault + " " + nsStream + " to='a' " + canary + ">",
		"<stream:stream xmlns='" + canary + "' " + nsStream + " to='a'>", "<stream:stream " + nsDefault + " xmlns:stream='" + canary + "' to='" + canary + "'>",
		"<stream:stream " + nsDefault + " " + nsStream + " to='a'><handshake>" + canary + "</handshake>",
		"<stream:stream " + nsDefault + " " + nsStream + " to='a'><" + canary + "></x>", "<stream:stream " + nsDefault + " " + nsStream + " to='a'><stream:" + canary + "/>",
		"<stream:stream " + nsDefault + " " + nsStream + " to='a'>" + canary, "<stream:stream " + nsDefault + " " + nsStream + " to='a'>&" + canary + ";",
	}
	for _, first := range rows {
		a := &Acceptor{}
		a.Init(&AcceptConfig{Passwords: []string{"secret"}}, dialogueID)
		a.Feed([]byte(first))
		var out []byte
		ev := Opened
		for ev != NeedMore && ev != Ended {
			ev, out = a.Next(out)
		}
		if ev != Ended {
			t.Errorf("%s: no error", first)
		}
		if s := string(out) + a.Verdict().Text + string(a.Verdict().Condition); strings.Contains(s, canary) {
			t.Errorf("%s comes back: %s", first, s)
		}
	}
}

// The owner's clock ran out before and after the header.
func TestTimeout(t *testing.T) {
	const body = "<stream:error><connection-timeout xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>\n"
	talk(t, "do> fail connection-timeout\nus> "+nameless+body)
	talk(t, "peer> <?xml version='1.0'?><stream:str\ndo> fail connection-timeout\nus> "+nameless+body)
	talk(t, opened+"peer> <handsh\ndo> fail connection-timeout\nus> "+body)
}

func TestProofInAnyLetterCaseAndWithBlanks(t *testing.T) {
	proof := proofOf("secret")
	for _, content := range []string{proof, strings.ToUpper(proof), " \\n" + proof + "\\t\\r\\n", strings.ToUpper(proof[:5]) + proof[5:]} {
		talk(t, opened+"peer> <handshake>"+content+"</handshake>\nevent> Authenticated\n")
	}
}

func TestHandshakeInAnyNamespace(t *testing.T) {
	for _, attribute := range []string{" xmlns='jabber:component:accept'", " xmlns=''", " xmlns='jabber:client'", " a='b'"} {
		talk(t, opened+"peer> <handshake"+attribute+">{proof secret}</handshake>\nevent> Authenticated\n")
	}
}

// A wrong digest of any length is not-authorized.
func TestWrongProofOfAnyLength(t *testing.T) {
	proof := proofOf("secret")
	for _, element := range []string{
		"<handshake/>", "<handshake></handshake>", "<handshake> </handshake>", "<handshake>0</handshake>",
		"<handshake>" + proof[:39] + "</handshake>", "<handshake>" + proof + "0</handshake>",
		"<handshake>" + proof[:20] + " " + proof[20:] + "</handshake>", "<handshake>&#97;</handshake>",
	} {
		talk(t, opened+"peer> "+element+"\n"+failed("", "not-authorized", "Invalid handshake"))
	}
	long := strings.Repeat("0", 5000)
	talkWhole(t, opened+"peer> <handshake>"+long+"</handshake>\n"+failed("", "not-authorized", "Invalid handshake"))
}

// While a password is changed, both are right; no others.
func TestSeveralPasswords(t *testing.T) {
	for _, password := range []string{"old", "new"} {
		talk(t, "set> passwords old new\n"+opened+"peer> <handshake>{proof "+password+"}</handshake>\nevent> Authenticated\n")
	}
	for _, password := range []string{"secret", "oldnew", ""} {
		talk(t, "set> passwords old new\n"+opened+"peer> <handshake>{proof "+password+"}</handshake>\n"+failed("", "not-authorized", "Invalid handshake"))
	}
}

// No password at all opens for nobody, not even for the empty one.
func TestNoPasswords(t *testing.T) {
	talk(t, "set> passwords\n"+opened+"peer> <handshake>{proof }</handshake>\n"+failed("", "not-authorized", "Invalid handshake"))
}

// Stanzas before the handshake are dropped; the handshake may still follow.
func TestStanzasBeforeTheHandshake(t *testing.T) {
	talk(t, opened+"peer> <message to='a' from='b'/>\nevent> Dropped <message to='a' from='b'/>\n"+
		"peer> <presence/><handshake>{proof secret}</handshake>\nevent> Dropped <presence/>\nevent> Authenticated\n")
}

// Between the proof and the registration nothing is read, and nothing lost.
func TestNothingIsReadBeforeTheRegistration(t *testing.T) {
	talk(t, proven+"peer> <message to='a' from='b'/><\n"+
		"do> establish\nus> <handshake/>\nevent> StanzaReady <message to='a' from='b'/>\n"+
		"peer> message/>\nevent> StanzaReady <message/>\n")
}

// Who has not proved himself can make us hold a header's worth of bytes and
// no more; the listener's own limit holds from the registration on.
func TestLimitBeforeTheHandshake(t *testing.T) {
	large := "<message><body>" + strings.Repeat("x", openingBytesMax) + "</body></message>"
	talkWhole(t, opened+"peer> "+large+"\n"+failed("", "policy-violation", tooLarge))
	talkWhole(t, open+"peer> "+large+"\nevent> StanzaReady "+large+"\n")
	huge := "<message><body>" + strings.Repeat("x", 20000) + "</body></message>"
	talkWhole(t, "set> limit 20000\n"+open+"peer> "+huge+"\n"+failed("", "policy-violation", tooLarge))
}

// A limit smaller than a header's worth holds from the start.
func TestSmallLimitBeforeTheHandshake(t *testing.T) {
	message := "<message><body>" + strings.Repeat("x", 1000) + "</body></message>"
	talkWhole(t, "set> limit 1000\n"+opened+"peer> "+message+"\n"+failed("", "policy-violation", tooLarge))
}

// A second handshake is an element like any other: the session's to refuse.
func TestSecondHandshake(t *testing.T) {
	talk(t, open+"peer> <handshake/>\nevent> StanzaReady <handshake/>\n")
}

// The component's end tag is answered with ours, in each state.
func TestEndTagIsAnswered(t *testing.T) {
	for _, before := range []string{opened, open} {
		talk(t, before+"peer> </stream:stream>\nevent> Closed\nus> </stream:stream>\n")
		talk(t, before+"peer> </stream:stream \\n>\\n\\n\nevent> Closed\nus> </stream:stream>\n")
	}
	talk(t, header(nsDefault+" "+nsStream+" to='plays.shakespeare.lit'/")+accepted+"event> Closed\nus> </stream:stream>\n")
}

// What comes behind the end tag is thrown away.
func TestNothingIsReadBehindTheEndTag(t *testing.T) {
	talk(t, open+"peer> </stream:stream><message/>\nevent> Closed\nus> </stream:stream>\npeer> <\n")
}

// system-shutdown has a text and a trailer, in each state.
func TestSystemShutdown(t *testing.T) {
	const goodbye = "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" +
		"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>System shutting down</text></stream:error></stream:stream>\n"
	const deed = "do> fail system-shutdown System shutting down\nus> "
	talk(t, deed+nameless+goodbye)
	for _, before := range []string{opened, proven, open, open + "peer> <message\n"} {
		talk(t, before+deed+goodbye+"peer> <handshake>{proof secret}</handshake>\n")
	}
}

// A stream error of the component's is told with its condition; a condition
// that RFC 6120 could not have written is not repeated.
func TestPeersStreamError(t *testing.T) {
	const ns = " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
	rows := map[string]string{
		"<conflict" + ns: "conflict", "<conflict/>": "undefined-condition", "": "undefined-condition",
		"<Evil" + ns: "undefined-condition", "<é" + ns: "undefined-condition", "<text xmlns='x'/>": "undefined-condition",
	}
	for child, condition := range rows {
		for _, before := range []string{opened, open} {
			talk(t, before+"peer> <stream:error>"+child+"</stream:error><message/>\nevent> PeerError "+condition+"\nus> </stream:stream>\n")
		}
	}
}

// Any other element of the streams namespace is unsupported-stanza-type.
func TestOtherStreamElements(t *testing.T) {
	for _, element := range []string{"<stream:features/>", "<stream:x></stream:x>", "<x xmlns='http://etherx.jabber.org/streams'/>"} {
		for _, before := range []string{opened, open} {
			talk(t, before+"peer> "+element+"\n"+failed("", "unsupported-stanza-type", "a stream element that is not an error"))
		}
	}
}

// Text between stanzas ends the stream, blanks do not.
func TestTextBetweenStanzas(t *testing.T) {
	a := &Acceptor{}
	a.Init(&AcceptConfig{}, dialogueID)
	a.Feed([]byte(strings.TrimPrefix(hello, "peer> ") + " \n\t x"))
	ev, out := a.Next(nil)
	if ev != Opened {
		t.Fatalf("%v %s", ev, out)
	}
	if ev, _ = a.Next(nil); ev != Failed || a.Verdict().Condition != "bad-format" {
		t.Errorf("%v %v", ev, a.Verdict())
	}
}

// An error of ours on a stream that has ended writes nothing.
func TestFailAfterTheEnd(t *testing.T) {
	talk(t, open+"peer> </stream:stream>\nevent> Closed\nus> </stream:stream>\ndo> fail system-shutdown bye\n")
	talk(t, opened+"do> fail connection-timeout\nus> <stream:error><connection-timeout xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>\ndo> fail conflict\n")
}

// Section 5: at stream level any other element of the streams namespace is
// unsupported-stanza-type; a second header too, which never ends and so never
// becomes an element.
func TestSecondHeader(t *testing.T) {
	for _, header := range []string{
		"<stream:stream xmlns='jabber:component:accept' to='a'>",
		"<stream xmlns='http://etherx.jabber.org/streams'>",
	} {
		talk(t, open+"peer> "+header+"\n"+failed("", "unsupported-stanza-type", "second stream header"))
	}
}
