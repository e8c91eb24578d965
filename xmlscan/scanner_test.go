// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"strings"
	"testing"
	"unsafe"
)

const hdr = `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='chat.example'>`

func TestScannerIdleSize(t *testing.T) {
	if n := unsafe.Sizeof(Scanner{}); n > 128 {
		t.Errorf("an idle Scanner takes %d bytes", n)
	}
}

// A scanner that is closed in the middle of anything leaves nothing behind for the next one on its Scratch, and
// one that is made anew without closing forgets what it was at.
func TestScannerLeavesNothingBehind(t *testing.T) {
	in := []byte(dialogues[0])
	want := perform(Config{}, in, whole)
	cfg := Config{Scratch: NewScratch()}
	var again Scanner
	for at := range in {
		s := New(cfg)
		s.Feed(in[:at])
		drain(s, nil, in)
		s.Close()
		if got := perform(cfg, in, whole); got.String() != want.String() {
			t.Fatalf("after a stream closed at %d:\n%s", at, got)
		}
		again.Init(&cfg)
		again.Feed(append([]byte(nil), in[:at]...))
		again.Next()
		again.Init(&cfg)
		again.Feed(in)
		if got := drain(&again, nil, in); got.String() != want.String() {
			t.Fatalf("begun again at %d:\n%s", at, got)
		}
	}
}

// Streams share a context only if all that it holds is the same.
func TestScannersShareEqualContextsOnly(t *testing.T) {
	cfg := Config{Scratch: NewScratch()}
	base := "<s:s xmlns:s='http://etherx.jabber.org/streams' xmlns='n' xmlns:p='u'"
	headers := []string{base + ">", base + " xml:lang=''>", base + " xml:lang=\"\">", base + " xml:lang='en'>", base + " xml:lang='e&#110;'>",
		strings.Replace(base, "'n'", "'m'", 1) + ">", strings.Replace(base, "'u'", "'v'", 1) + ">", strings.Replace(base, ":p", ":q", 1) + ">",
		base + " xmlns:q='u'>", strings.Replace(base, "s:s", "s:t", 1) + ">", strings.Replace(base, "xmlns='n'", "", 1) + ">"}
	for range 2 {
		seen := map[*context]string{}
		for _, h := range headers {
			s := New(cfg)
			s.Feed([]byte(h))
			if ev, err := s.Next(); ev != Header {
				t.Fatal(h, err)
			}
			if other, ok := seen[s.ctx]; ok {
				t.Errorf("%s shares the context of %s", h, other)
			}
			seen[s.ctx] = h
			alone := New(Config{})
			alone.Feed([]byte(h))
			alone.Next()
			a, b := s.HeaderLang(), alone.HeaderLang()
			if a.Present() != b.Present() || a.Quote() != b.Quote() || tellValue(a) != tellValue(b) || string(s.DefaultNS()) != string(alone.DefaultNS()) ||
				s.HeaderDecls() != alone.HeaderDecls() {
				t.Errorf("%s: another's context", h)
			}
		}
	}
	if n := len(cfg.Scratch.contexts); n != len(headers) {
		t.Errorf("%d contexts for %d different headers, twice", n, len(headers))
	}
}

// What XMLNS spans can be cut out: what is left is the same tag without the declaration.
func TestStanzaXMLNSCanBeCut(t *testing.T) {
	for in, want := range map[string]string{
		"<iq xmlns='jabber:client' to='a'/>":                   "<iq to='a'/>",
		"<iq to='a' \t\r\n xmlns = \"jabber:client\" id='1'/>": "<iq to='a' id='1'/>",
		"<iq to='a'\nxmlns='jabber:client'>x</iq>":             "<iq to='a'>x</iq>",
		"<iq xmlns:p='u' p:xmlns='n' xmlns='jabber:client' />": "<iq xmlns:p='u' p:xmlns='n' />",
		"<iq xmlns='' />": "<iq />",
	} {
		st := one(t, in)
		start, end, ok := st.XMLNS()
		if got := string(st.Raw[:start]) + string(st.Raw[end:]); !ok || got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if _, _, ok := one(t, "<p:iq xmlns:p='u'><a xmlns='v'/></p:iq>").XMLNS(); ok {
		t.Error("another declaration was taken for the stanza's own default")
	}
}

func TestScannerPlainStream(t *testing.T) {
	in := "\uFEFF<?xml version='1.0' encoding=\"UTF-8\"?>\n" + hdr + " \n" +
		"<message from='a@b/c' to=\"d\" type='chat' id='1' xml:lang='en'><body xmlns='x'>hi &amp; <![CDATA[<b>]]></body></message>" +
		"<iq/>" + "<presence  to = 'a&#58;b' >\n<c xmlns='caps'/></presence\n>" + "</stream:stream>  "
	p := perform(Config{}, []byte(in), whole)
	const none = "payload  {} from - to - type - id - lang - prefixes 0"
	for i, want := range []string{
		`header "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='chat.example'>" ` +
			`stream:stream {http://etherx.jabber.org/streams} default {jabber:component:accept} empty false to="chat.example"`,
		`:message {jabber:component:accept} payload body {x} from "a@b/c" to "d" type "chat" id "1" lang "en" prefixes 0 tag 8,62 xmlns 0,0,false end`,
		`stanza "<iq/>" :iq {jabber:component:accept} ` + none + " tag 3,5",
		`:presence {jabber:component:accept} payload c {caps} from - to "a:b" type - id - lang - prefixes 0 tag 9,27`,
		"StreamEnd",
	} {
		if i >= len(p) || !strings.Contains(p[i], want) {
			t.Errorf("event %d wants %s in\n%s", i, want, p)
		}
	}
	if len(p) != 5 {
		t.Errorf("%d events", len(p))
	}
	if q := perform(Config{}, []byte(in), single); q.String() != p.String() {
		t.Errorf("byte by byte:\n%s", q)
	}
}
