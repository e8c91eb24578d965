// SPDX-License-Identifier: Apache-2.0

package traffic

import (
	"bytes"
	"errors"
)

var errMarkup = errors.New("what came is not XML")

// splitElement finds the end of the first element of b, which begins with its
// '<'. It gives 0 if the element is not whole yet. An end tag alone, as that of
// the stream, counts as an element; so do a comment and an instruction.
func splitElement(b []byte) (int, error) {
	depth := 0
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '<')
		if i < 0 {
			return 0, nil
		}
		at += i
		n, kind, err := splitMarkup(b[at:])
		if n == 0 || err != nil {
			return 0, err
		}
		at += n
		switch kind {
		case markupStart:
			depth++
		case markupEnd:
			depth--
		}
		if depth <= 0 {
			return at, nil
		}
	}
}

type markup byte

const (
	markupOther markup = iota // empty element, comment, instruction, CDATA
	markupStart
	markupEnd
)

// splitMarkup finds the end of the tag, comment, instruction or CDATA section
// that b begins with.
func splitMarkup(b []byte) (n int, kind markup, err error) {
	for _, other := range [...]struct{ open, shut string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if bytes.HasPrefix(b, []byte(other.open)) {
			if i := bytes.Index(b, []byte(other.shut)); i >= 0 {
				return i + len(other.shut), markupOther, nil
			}
			return 0, markupOther, nil
		}
	}
	var quote byte
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '<':
			return 0, markupOther, errMarkup
		case c == '>':
			switch {
			case b[1] == '/':
				kind = markupEnd
			case b[i-1] != '/' && b[1] != '!':
				kind = markupStart
			}
			return i + 1, kind, nil
		}
	}
	return 0, markupOther, nil
}

// SplitHeader finds the end of a stream header: an optional XML declaration and
// the start tag of the stream. It gives 0 if the header is not whole yet, and
// the id of the stream, "" if it has none.
func SplitHeader(b []byte) (n int, id string, err error) {
	for at := 0; ; {
		at += len(b[at:]) - len(trimSpace(b[at:]))
		if at == len(b) {
			return 0, "", nil
		}
		if b[at] != '<' {
			return 0, "", errMarkup
		}
		n, kind, err := splitMarkup(b[at:])
		if n == 0 || err != nil {
			return 0, "", err
		}
		tag := b[at : at+n]
		at += n
		switch kind {
		case markupStart:
			return at, attribute(tag, "id"), nil
		case markupEnd:
			return 0, "", errMarkup
		}
	}
}

// attribute gives the raw value of an attribute of a start tag, "" if it has none.
func attribute(tag []byte, name string) string {
	_, rest, _ := bytes.Cut(tag, []byte("<"))
	for {
		before, after, found := bytes.Cut(rest, []byte("="))
		after = trimSpace(after)
		if !found || len(after) == 0 {
			return ""
		}
		value, next, _ := bytes.Cut(after[1:], after[:1])
		words := bytes.Fields(before)
		if len(words) > 0 && string(words[len(words)-1]) == name {
			return string(value)
		}
		rest = next
	}
}

// SplitElement finds the end of the first element of b behind any white space.
// It gives 0 if none is whole yet.
func SplitElement(b []byte) (start, end int, err error) {
	start = len(b) - len(trimSpace(b))
	if start == len(b) {
		return start, 0, nil
	}
	if b[start] != '<' {
		return start, 0, errMarkup
	}
	n, err := splitElement(b[start:])
	if n == 0 || err != nil {
		return start, 0, err
	}
	return start, start + n, nil
}

func trimSpace(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }
