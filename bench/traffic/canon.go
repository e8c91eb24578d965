// SPDX-License-Identifier: Apache-2.0

package traffic

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// element is a parsed stanza, for the slow comparison only.
type element struct {
	space, name string
	attrs       []xml.Attr
	children    []any // *element or string
}

const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// parseElement parses one whole element that stands in a component stream.
func parseElement(raw []byte) (*element, error) {
	const open = "<s:stream xmlns='jabber:component:accept' xmlns:s='http://etherx.jabber.org/streams' " +
		"xmlns:stream='http://etherx.jabber.org/streams'>"
	d := xml.NewDecoder(io.MultiReader(strings.NewReader(open), bytes.NewReader(raw), strings.NewReader("</s:stream>")))
	root := &element{}
	stack := []*element{root}
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("it is not well-formed: %w", err)
		}
		top := stack[len(stack)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			e := newElement(t)
			top.children = append(top.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.addText(string(t))
		}
	}
	stream, ok := root.children[0].(*element)
	if !ok || len(stream.children) != 1 {
		return nil, errors.New("it is not one element")
	}
	el, ok := stream.children[0].(*element)
	if !ok {
		return nil, errors.New("it is not an element")
	}
	return el, nil
}

func newElement(t xml.StartElement) *element {
	e := &element{space: t.Name.Space, name: t.Name.Local}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		if a.Name.Space == "xml" {
			a.Name.Space = xmlSpace
		}
		e.attrs = append(e.attrs, a)
	}
	return e
}

// addText joins text that a server may have cut into several pieces.
func (e *element) addText(s string) {
	if n := len(e.children); n > 0 {
		if last, ok := e.children[n-1].(string); ok {
			e.children[n-1] = last + s
			return
		}
	}
	e.children = append(e.children, s)
}

// attr gives the value of an attribute without namespace, "" if there is none.
func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// dropLang takes xml:lang away: servers add the stream's language to a stanza
// that has none (RFC 6120 §8.1.5).
func (e *element) dropLang() {
	e.attrs = slices.DeleteFunc(e.attrs, isLang)
}

func (e *element) hasLang() bool { return slices.ContainsFunc(e.attrs, isLang) }

func isLang(a xml.Attr) bool { return a.Name.Space == xmlSpace && a.Name.Local == "lang" }

// canon writes an element so that equal text is equal meaning: attributes
// sorted, and the namespaces in which servers write the same stanza made one.
func (e *element) canon(b *strings.Builder) {
	e.canonTag(b)
	for _, c := range e.children {
		canonChild(b, c)
	}
	b.WriteByte('/')
}

// canonStanza is canon for a stanza, whose own children are sorted too. A stanza
// is read by the names of its children, not by their order, and ejabberd writes
// those that it knows behind the others.
func (e *element) canonStanza() string {
	var b strings.Builder
	e.canonTag(&b)
	children := make([]string, 0, len(e.children))
	for _, c := range e.children {
		var one strings.Builder
		canonChild(&one, c)
		children = append(children, one.String())
	}
	slices.Sort(children)
	return b.String() + strings.Join(children, "\n")
}

func canonChild(b *strings.Builder, child any) {
	switch c := child.(type) {
	case *element:
		c.canon(b)
	case string:
		fmt.Fprintf(b, "%q", c)
	}
}

func (e *element) canonTag(b *strings.Builder) {
	fmt.Fprintf(b, "<%s %s", oneSpace(e.space), e.name)
	attrs := make([]string, 0, len(e.attrs))
	for _, a := range e.attrs {
		attrs = append(attrs, fmt.Sprintf(" {%s}%s=%q", a.Name.Space, a.Name.Local, a.Value))
	}
	slices.Sort(attrs)
	b.WriteString(strings.Join(attrs, ""))
	b.WriteByte('>')
}

func oneSpace(space string) string {
	switch space {
	case "jabber:component:accept", "jabber:client", "jabber:server":
		return "jabber:*"
	}
	return space
}

// sameMeaning compares a stanza as it came with the one that was sent.
func sameMeaning(sent, came *element) bool {
	if !sent.hasLang() {
		came.dropLang()
	}
	return sent.canonStanza() == came.canonStanza()
}
