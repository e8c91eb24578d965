// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"weir/xmlscan/internal/corpus"
)

// outHeader is the header of the stream that stanzas are forwarded on.
const outHeader = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='chat.example' id='1'>"

// forwarded is what a forwarder sends for a stanza: the bytes that came, with the header's declarations put in.
func forwarded(s *Scanner, st *Stanza) []byte {
	at := st.NameEnd()
	out := append([]byte(nil), st.Raw[:at]...)
	for i := range s.HeaderDecls() {
		if st.HeaderPrefixes()>>i&1 != 0 {
			out = s.AppendHeaderDecl(out, i)
		}
	}
	return append(out, st.Raw[at:]...)
}

// received is one forwarded stanza as the receiver gets it, and what it must see in it.
type received struct {
	doc    []byte
	record string
}

// forwardAll returns what receivers get for each stanza of a stream. The header's default namespace must be the
// one of the stream it goes to.
func forwardAll(in []byte) (out []received) {
	s := New(Config{})
	defer s.Close()
	s.Feed(in)
	for {
		switch ev, err := s.Next(); {
		case err != nil || ev == NeedMore:
			return out
		case ev == StanzaEvent && string(s.DefaultNS()) == "jabber:component:accept":
			st := s.Stanza()
			doc := append([]byte(outHeader), forwarded(s, st)...)
			out = append(out, received{append(doc, corpus.Trailer...), recordOf(st)})
		}
	}
}

// The promise: whoever reads our header and the forwarded bytes sees exactly one stanza, with the name, the
// namespace and the addresses that we acted on.
func TestForwardedStanzaIsWhatWeSaw(t *testing.T) {
	exact := func(r string) string { return r }
	for _, o := range oracles {
		t.Run(o.name, func(t *testing.T) { forwardThrough(t, startOracle(t, o.name).read, exact) })
	}
	t.Run("encoding/xml", func(t *testing.T) { forwardThrough(t, goRecord, blanked) })
}

// blanked makes records comparable with those of encoding/xml, which does not normalise white space in values.
func blanked(r string) string {
	return strings.Map(func(c rune) rune {
		if c == '\t' || c == '\n' || c == '\r' {
			return ' '
		}
		return c
	}, r)
}

func forwardThrough(t *testing.T, read func(doc []byte) (string, bool), form func(string) string) {
	s := newSampler(7)
	n := 0
	for range rounds(20000) {
		in := s.mutated()
		for _, f := range forwardAll(in) {
			n++
			if got, ok := read(f.doc); !ok || form(got) != form(f.record) {
				t.Fatalf("accepted %v\nfrom  %q\nas    %q\nsees  %s\nwants %s", ok, in, f.doc, got, f.record)
			}
		}
	}
	if n < rounds(20000)/4 {
		t.Errorf("only %d stanzas forwarded", n)
	}
}

// goRecord reads a document with encoding/xml.
func goRecord(doc []byte) (string, bool) {
	d := xml.NewDecoder(strings.NewReader(string(doc)))
	var r strings.Builder
	depth, children := 0, 0
	for {
		tok, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return r.String(), depth == 0
		case err != nil:
			return r.String(), false
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if depth == 1 {
				children = 0
				r.WriteString(goStanza(e))
			}
			if depth == 2 {
				if children++; children == 1 {
					r.WriteString("P" + netstring([]byte(e.Name.Space)) + netstring([]byte(e.Name.Local)))
				}
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
}

func goStanza(e xml.StartElement) string {
	r := "S" + netstring([]byte(e.Name.Space)) + netstring([]byte(e.Name.Local))
	for _, want := range []xml.Name{{Local: "from"}, {Local: "to"}, {Local: "type"}, {Local: "id"}, {Space: nsXML, Local: "lang"}} {
		v := "-"
		for _, a := range e.Attr {
			if a.Name == want {
				v = netstring([]byte(a.Value))
			}
		}
		r += v
	}
	return r
}

// encoding/xml accepts all that we accept. The other way round says nothing: it takes undeclared prefixes,
// duplicate attributes and more.
func TestEncodingXMLAcceptsWhatWeAccept(t *testing.T) {
	s := newSampler(8)
	n := 0
	for range rounds(20000) {
		doc := s.document()
		if _, err := judge(doc, Limits{}); err != nil {
			continue
		}
		n++
		if _, ok := goRecord(doc); !ok {
			t.Fatalf("encoding/xml refuses %q", doc)
		}
	}
	if n == 0 {
		t.Error("nothing was accepted")
	}
}

func TestAppendHeaderDecl(t *testing.T) {
	s := New(Config{})
	in := "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' xmlns:p=\"a'&amp;&lt;&#10;\tb\"><p:x/></s:stream>"
	s.Feed([]byte(in))
	s.Next()
	if ev, err := s.Next(); ev != StanzaEvent {
		t.Fatal(ev, err)
	}
	if got := s.Stanza().HeaderPrefixes(); got != 2 {
		t.Fatalf("uses %b", got)
	}
	if prefix, uri := s.HeaderDecl(1); prefix != "p" || string(uri) != "a'&<\n b" {
		t.Errorf("declaration %q %q", prefix, uri)
	}
	if got, want := string(forwarded(s, s.Stanza())), "<p:x xmlns:p='a&apos;&amp;&lt;&#10; b'/>"; got != want {
		t.Errorf("forwarded %s, want %s", got, want)
	}
}
