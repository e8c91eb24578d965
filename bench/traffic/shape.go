// SPDX-License-Identifier: Apache-2.0

package traffic

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Shape is one kind of stanza. Its text is a whole stanza in which stand
//
//	{from} {to}   the addresses of the flow; both are needed, once each
//	{id}          the token; as the value of an attribute
//	{text:N}      N bytes of text, the token first; at most one
//
// and at least one of {id} and {text:N}, or the stanza could not be numbered.
type Shape struct {
	Name   string `toml:"name"`
	Weight int    `toml:"weight"` // share among the shapes of a mix, 1 to 1000
	Text   string `toml:"stanza"`
}

const (
	shapeBytesMax = 4 << 20 // a stanza larger than this tests nothing that a server accepts
	weightMax     = 1000
)

// part is a piece of a shape: constant text, or a place.
type part struct {
	text string // constant text, if place is 0
	place
	noise int // bytes of noise behind the token in placeText
}

type place byte

const (
	placeFrom place = 1 + iota
	placeTo
	placeID
	placeText
)

// parts cuts the text at its places.
func (s Shape) parts() ([]part, error) {
	var out []part
	var seen [placeText + 1]int
	rest := s.Text
	for rest != "" {
		before, after, found := strings.Cut(rest, "{")
		if before != "" {
			out = append(out, part{text: before})
		}
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return nil, errors.New("a { without }")
		}
		p, err := parsePlace(name)
		if err != nil {
			return nil, err
		}
		seen[p.place]++
		out = append(out, p)
		rest = tail
	}
	switch {
	case seen[placeFrom] != 1 || seen[placeTo] != 1:
		return nil, errors.New("{from} and {to} must each stand in it once")
	case seen[placeText] > 1:
		return nil, errors.New("{text:N} may stand in it once")
	case seen[placeText]+seen[placeID] == 0:
		return nil, errors.New("neither {id} nor {text:N} stands in it, so it cannot be numbered")
	}
	return out, nil
}

func parsePlace(name string) (part, error) {
	switch name {
	case "from":
		return part{place: placeFrom}, nil
	case "to":
		return part{place: placeTo}, nil
	case "id":
		return part{place: placeID}, nil
	}
	count, ok := strings.CutPrefix(name, "text:")
	n, err := strconv.Atoi(count)
	if !ok || err != nil {
		return part{}, fmt.Errorf("{%s} is not a place; there are {from}, {to}, {id}, {text:N}", name)
	}
	if n < tokenLen || n > shapeBytesMax {
		return part{}, fmt.Errorf("{%s}: N must be from %d to %d", name, tokenLen, shapeBytesMax)
	}
	return part{place: placeText, noise: n - tokenLen}, nil
}

// Check says what is wrong with a shape.
func (s Shape) Check() error {
	if s.Weight < 1 || s.Weight > weightMax {
		return fmt.Errorf("weight is %d, allowed are 1 to %d", s.Weight, weightMax)
	}
	el, err := s.example()
	if err != nil {
		return err
	}
	switch el.name {
	case "message", "presence", "iq":
	default:
		return fmt.Errorf("the element is <%s>, allowed are message, presence, iq", el.name)
	}
	if el.attr("type") == "error" {
		return errors.New("type='error' is what answers are known by, so it cannot be sent")
	}
	return nil
}

// Answerable says whether a server that cannot deliver the stanza may answer it
// with an error: it may not answer the result of an iq (RFC 6120 section 8.3.1).
func (s Shape) Answerable() bool {
	el, err := s.example()
	return err == nil && el.attr("type") != "result"
}

// example is a stanza of this shape.
func (s Shape) example() (*element, error) {
	parts, err := s.parts()
	if err != nil {
		return nil, err
	}
	f := newForm(parts, "a@b.example/c", "d@e.example/f")
	var tok token
	tok.set(0, 0, 0)
	raw := f.appendTo(nil, &tok, []byte(strings.Repeat("x", f.noise.len)))
	if len(raw) > shapeBytesMax {
		return nil, fmt.Errorf("it is %d bytes long, allowed are %d", len(raw), shapeBytesMax)
	}
	return parseElement(raw)
}

// Messages is a shape for chat messages of exactly size bytes between the given
// addresses. Smaller than possible is an error that names the smallest size.
func Messages(size int, from, to string) (Shape, error) {
	const format = "<message from='{from}' to='{to}' id='{id}' type='chat'><body>{text:%d}</body></message>"
	s := Shape{Name: "chat", Weight: 1, Text: fmt.Sprintf(format, tokenLen)}
	parts, err := s.parts()
	if err != nil {
		return s, err
	}
	least := len(newForm(parts, from, to).text)
	if size < least || size > shapeBytesMax {
		return s, fmt.Errorf("size is %d bytes, allowed with these names are %d to %d", size, least, shapeBytesMax)
	}
	s.Text = fmt.Sprintf(format, tokenLen+size-least)
	return s, nil
}
