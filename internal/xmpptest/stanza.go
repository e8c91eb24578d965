// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"encoding/xml"
	"io"
	"strings"
	"time"
)

// Stanza is an element as encoding/xml reads it inside a component's stream.
type Stanza struct {
	Raw      string // the bytes it came in; of the top element only
	Name     xml.Name
	Attr     []xml.Attr
	Text     string // the character data directly inside it
	Children []*Stanza
}

// Attribute returns the value of the attribute without a namespace, "" when it is absent.
func (s *Stanza) Attribute(name string) string {
	for _, a := range s.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Child returns the first child element of that namespace and name, nil when there is none.
func (s *Stanza) Child(space, local string) *Stanza {
	for _, c := range s.Children {
		if c.Name.Space == space && c.Name.Local == local {
			return c
		}
	}
	return nil
}

// ErrorCondition returns the type and the condition of a stanza of type error (RFC 6120 section 8.3), "" for both otherwise.
func (s *Stanza) ErrorCondition() (errorType, condition string) {
	for _, c := range s.Children {
		if c.Name.Local != "error" {
			continue
		}
		for _, cond := range c.Children {
			if cond.Name.Space == "urn:ietf:params:xml:ns:xmpp-stanzas" && cond.Name.Local != "text" {
				return c.Attribute("type"), cond.Name.Local
			}
		}
	}
	return "", ""
}

// ReadStanza receives one element at stream level. The end of the stream, a stream error or anything that encoding/xml refuses
// ends the test.
func (p *Peer) ReadStanza() *Stanza {
	p.t.Helper()
	in := &stanzaReader{p: p, before: Header(p.Name), deadline: time.Now().Add(expectTimeout)}
	dec := xml.NewDecoder(in)
	if _, err := dec.Token(); err != nil {
		p.t.Fatal(err)
	}
	s, err := readElement(dec)
	if err == nil && s.Name.Space == "http://etherx.jabber.org/streams" {
		p.t.Fatalf("%s: received %s, want a stanza", p.Name, clip(string(p.buf)))
	}
	if err != nil {
		p.t.Fatalf("%s: received %s: %v, want a stanza", p.Name, clip(string(p.buf)), err)
	}
	s.Raw = string(p.buf[:in.used])
	p.buf = p.buf[in.used:]
	return s
}

// readElement reads up to the next start tag and then that whole element.
func readElement(dec *xml.Decoder) (*Stanza, error) {
	for {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			return readInside(dec, tok)
		case xml.EndElement:
			return nil, io.EOF
		}
	}
}

func readInside(dec *xml.Decoder, start xml.StartElement) (*Stanza, error) {
	s := &Stanza{Name: start.Name, Attr: start.Attr}
	var text strings.Builder
	for {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			child, err := readInside(dec, tok)
			if err != nil {
				return nil, err
			}
			s.Children = append(s.Children, child)
		case xml.CharData:
			text.Write(tok)
		case xml.EndElement:
			s.Text = text.String()
			return s, nil
		}
	}
}

// stanzaReader hands a decoder a stream header and then what the peer receives, byte by byte: a decoder that gets single bytes
// reads none beyond the element it returns.
type stanzaReader struct {
	p        *Peer
	before   string
	used     int // bytes of p.buf that the decoder has had
	deadline time.Time
}

func (r *stanzaReader) ReadByte() (byte, error) {
	if r.before != "" {
		b := r.before[0]
		r.before = r.before[1:]
		return b, nil
	}
	for r.used == len(r.p.buf) {
		if err := r.p.fill(r.deadline); err != nil {
			return 0, err
		}
	}
	r.used++
	return r.p.buf[r.used-1], nil
}

// Read is never used by a decoder that has ReadByte; it is here because xml.NewDecoder asks for a reader.
func (r *stanzaReader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	c, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	b[0] = c
	return 1, nil
}
