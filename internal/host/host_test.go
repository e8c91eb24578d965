// SPDX-License-Identifier: Apache-2.0

package host

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"weir/internal/jid"
	"weir/xmlscan"
)

// service has a public and a hidden component, and a name that would break an
// attribute if it were not escaped.
func service(usersSeeHidden bool) *Service {
	return &Service{
		Version:        "1.0 <dev>",
		UsersSeeHidden: usersSeeHidden,
		Items: func(yield func(name string, hidden bool) bool) {
			_ = yield("chat.example.org", false) && yield("secret.example.org", true) && yield("a'b&c", false)
		},
	}
}

// ask scans a stanza as it would come from a component and returns the answer.
func ask(t testing.TB, s *Service, text string) string {
	t.Helper()
	scan := xmlscan.New(xmlscan.Config{})
	defer scan.Close()
	scan.Feed([]byte("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>" + text))
	for {
		ev, err := scan.Next()
		if err != nil || ev == xmlscan.NeedMore {
			t.Fatalf("%s: %v %v", text, ev, err)
		}
		if ev == xmlscan.StanzaEvent {
			break
		}
	}
	st := scan.Stanza()
	from, _ := jid.Parse(st.From().Append(nil))
	to, _ := jid.Parse(st.To().Append(nil))
	return strings.TrimPrefix(string(s.Answer([]byte("+"), st, from, to)), "+")
}

const (
	unavailable = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
	notFound    = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
	badRequest  = "<error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
	infoResult  = "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' type='im' name='weir'/>" +
		"<feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/>" +
		"<feature var='jabber:iq:version'/><feature var='urn:xmpp:ping'/></query>"
	itemsAll = "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='chat.example.org'/>" +
		"<item jid='secret.example.org'/><item jid='a&apos;b&amp;c'/></query>"
	itemsPublic  = "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='chat.example.org'/><item jid='a&apos;b&amp;c'/></query>"
	discoInfo    = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
	discoItems   = "<query xmlns='http://jabber.org/protocol/disco#items'/>"
	fromBot      = "from='chat.example.org' to='example.org'"
	fromUser     = "from='u@chat.example.org/r' to='example.org'"
	toBot        = "from='example.org' to='chat.example.org'"
	toUser       = "from='example.org' to='u@chat.example.org/r'"
	resultToBot  = "<iq " + toBot + " id='1' type='result'>"
	errorToBot   = "<iq " + toBot + " id='1' type='error'>"
	versionReply = "<query xmlns='jabber:iq:version'><name>weir</name><version>1.0 &lt;dev&gt;</version></query>"
)

func iq(typ, addresses, payload string) string {
	return fmt.Sprintf("<iq type='%s' id='1' %s>%s</iq>", typ, addresses, payload)
}

func TestAnswer(t *testing.T) {
	rows := []struct{ name, in, want string }{
		{"ping", iq("get", fromBot, "<ping xmlns='urn:xmpp:ping'/>"), "<iq " + toBot + " id='1' type='result'/>"},
		{"version", iq("get", fromBot, "<query xmlns='jabber:iq:version'/>"), resultToBot + versionReply + "</iq>"},
		{"disco#info", iq("get", fromBot, discoInfo), resultToBot + infoResult + "</iq>"},
		{"disco#info, prefixed", iq("get", fromBot, "<d:query xmlns:d='http://jabber.org/protocol/disco#info'></d:query>"), resultToBot + infoResult + "</iq>"},
		{"disco#info, empty node", iq("get", fromBot, "<query node='' xmlns='http://jabber.org/protocol/disco#info'/>"), resultToBot + infoResult + "</iq>"},
		{"disco#info, node", iq("get", fromBot, "<query node='x' xmlns='http://jabber.org/protocol/disco#info'/>"), errorToBot + notFound + "</iq>"},
		{"disco#items, node", iq("get", fromBot, "<query xmlns='http://jabber.org/protocol/disco#items' node = \"x\"></query>"), errorToBot + notFound + "</iq>"},
		{"disco#items of a component", iq("get", fromBot, discoItems), resultToBot + itemsAll + "</iq>"},
		{"disco#items of a user", iq("get", fromUser, discoItems), "<iq " + toUser + " id='1' type='result'>" + itemsPublic + "</iq>"},
		{"to a resource of the host", iq("get", "from='chat.example.org' to='example.org/x'", "<ping xmlns='urn:xmpp:ping'/>"), "<iq from='example.org/x' to='chat.example.org' id='1' type='result'/>"},
		{"without an id", "<iq type='get' " + fromBot + "><ping xmlns='urn:xmpp:ping'/></iq>", "<iq " + toBot + " type='result'/>"},
		{"type written with a reference", iq("g&#101;t", fromBot, "<ping xmlns='urn:xmpp:ping'/>"), "<iq " + toBot + " id='1' type='result'/>"},

		{"to a user of the host", iq("get", "from='chat.example.org' to='u@example.org'", discoInfo), "<iq from='u@example.org' to='chat.example.org' id='1' type='error'>" + unavailable + "</iq>"},
		{"right name, wrong namespace", iq("get", fromBot, "<query xmlns='x'/>"), errorToBot + unavailable + "</iq>"},
		{"right namespace, wrong name", iq("get", fromBot, "<x xmlns='urn:xmpp:ping'/>"), errorToBot + unavailable + "</iq>"},
		{"no payload", iq("get", fromBot, ""), errorToBot + unavailable + "</iq>"},
		{"set", iq("set", fromBot, discoInfo), errorToBot + unavailable + "</iq>"},
		{"another get", iq("get", fromBot, "<query xmlns='jabber:iq:roster'/>"), errorToBot + unavailable + "</iq>"},
		{"iq of no type", "<iq id='1' " + fromBot + "/>", errorToBot + badRequest + "</iq>"},
		{"iq of unknown type", iq("GET", fromBot, discoInfo), errorToBot + badRequest + "</iq>"},
		{"message", "<message id='1' " + fromBot + "><body>x</body></message>", "<message " + toBot + " id='1' type='error'>" + unavailable + "</message>"},
		{"message with a query", "<message id='1' type='get' " + fromBot + ">" + discoInfo + "</message>", "<message " + toBot + " id='1' type='error'>" + unavailable + "</message>"},
		{"presence", "<presence " + fromBot + "/>", "<presence " + toBot + " type='error'>" + unavailable + "</presence>"},
		{"presence probe", "<presence type='probe' " + fromBot + "/>", "<presence " + toBot + " type='error'>" + unavailable + "</presence>"},

		{"iq result", iq("result", fromBot, discoInfo), ""},
		{"iq error", iq("error", fromBot, discoInfo), ""},
		{"message error", "<message type='error' " + fromBot + "/>", ""},
		{"presence error", "<presence type='error' " + fromBot + "/>", ""},
		{"error written with a reference", iq("&#101;rror", fromBot, ""), ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := ask(t, service(false), row.in)
			if got != row.want {
				t.Errorf("%s\ngot  %s\nwant %s", row.in, got, row.want)
			}
			wellFormed(t, got)
		})
	}
}

func TestUsersMaySeeHidden(t *testing.T) {
	got := ask(t, service(true), iq("get", fromUser, discoItems))
	if want := "<iq " + toUser + " id='1' type='result'>" + itemsAll + "</iq>"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The answer must not let the asker's attributes break out.
func TestAnswerQuotesWhatCame(t *testing.T) {
	got := ask(t, service(false), `<iq type="get" id="'/>&lt;x a='" from="chat.example.org/it's" to="example.org"><ping xmlns="urn:xmpp:ping"/></iq>`)
	if want := `<iq from='example.org' to='chat.example.org/it&apos;s' id='&apos;/>&lt;x a=&apos;' type='result'/>`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	wellFormed(t, got)
}

// A table without end makes an answer with one, and a whole one.
func TestItemsAreBounded(t *testing.T) {
	asked := 0
	s := &Service{Items: func(yield func(string, bool) bool) {
		for asked = 1; yield(fmt.Sprintf("component-%d.example.org", asked), false); asked++ {
		}
	}}
	got := ask(t, s, iq("get", fromBot, discoItems))
	if len(got) < itemsBytesMax || len(got) > itemsBytesMax+1024 {
		t.Errorf("%d bytes", len(got))
	}
	if n := strings.Count(got, "<item "); n != asked {
		t.Errorf("%d of %d items", n, asked)
	}
	wellFormed(t, got)
}

func TestPayloadAttr(t *testing.T) {
	rows := []struct{ payload, want string }{
		{"<q/>", ""},
		{"<q></q>", ""},
		{"<q node='a'/>", "a"},
		{`<q node="a'b>c=d/"/>`, "a'b>c=d/"},
		{"<q a='node=\"x\"' node = \n 'b' >text</q>", "b"},
		{"<q a='1' b='2'><r node='no'/></q>", ""},
		{"<q xnode='no' node2='no'/>", ""},
		{"<q x:node='no' xmlns:x='y'/>", ""},
		{"text <![CDATA[<q node='no'/>]]> <q node='yes'/>", "yes"},
		{"<q node='a&lt;b'/>", "a&lt;b"},
		{"text &gt; only", ""},
		{"", ""},
	}
	for _, row := range rows {
		scan := xmlscan.New(xmlscan.Config{})
		scan.Feed([]byte("<s><iq type='get' node='no'>" + row.payload + "</iq>"))
		for range 2 {
			if _, err := scan.Next(); err != nil {
				t.Fatal(row.payload, err)
			}
		}
		if got := string(payloadAttr(scan.Stanza(), "node")); got != row.want {
			t.Errorf("%s: %q, want %q", row.payload, got, row.want)
		}
	}
}

func TestAnswersDoNotAllocate(t *testing.T) {
	scan, s, dst := xmlscan.New(xmlscan.Config{}), service(false), make([]byte, 0, 4096)
	scan.Feed([]byte("<s xmlns='jabber:component:accept'>" + iq("get", fromBot, "<ping xmlns='urn:xmpp:ping'/>")))
	for range 2 {
		if _, err := scan.Next(); err != nil {
			t.Fatal(err)
		}
	}
	st, p := scan.Stanza(), jid.Parts{}
	if n := testing.AllocsPerRun(100, func() { s.Answer(dst, st, p, p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func wellFormed(t *testing.T, s string) {
	t.Helper()
	if err := xml.Unmarshal([]byte("<x>"+s+"</x>"), new(struct{})); err != nil {
		t.Errorf("%v: %s", err, s)
	}
}
