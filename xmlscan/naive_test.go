// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// naive reads a stream the plainest way: a character at a time, recursion for nesting, maps for attributes and
// prefixes, everything as strings. It is written from the grammar (XML 1.0, Namespaces in XML 1.0, RFC 6120 §11)
// and shares no code with the scanner but the table of name characters. It stops by panicking with a stop.
type naive struct {
	in    string
	p     int
	limit int // no byte from here on may be read
	lim   Limits

	scopes  []map[string]string // innermost last; "" is the default namespace
	out     []string
	elems   int
	payload string
}

// stop ends a reading: "" for the end of the input, else a condition.
type stop string

const never = 1 << 30

// readNaively returns what a scanner must deliver and how the stream must end.
func readNaively(in []byte, l Limits) (out []string, end string) {
	n := &naive{in: string(in), limit: never, lim: l.Resolve()}
	defer func() {
		if s, ok := recover().(stop); ok {
			out, end = n.out, string(s)
			return
		}
		out, end = n.out, "closed"
	}()
	n.document()
	return
}

func (n *naive) fail(c Condition) { panic(stop(c)) }

func (n *naive) check(ok bool, c Condition) {
	if !ok {
		n.fail(c)
	}
}

// peek returns the next character without taking it.
func (n *naive) peek() rune {
	r, _ := n.decode()
	return r
}

func (n *naive) decode() (rune, int) {
	rest := n.in[n.p:]
	if n.p >= n.limit || n.limit-n.p < len(rest) && !utf8.FullRuneInString(rest[:n.limit-n.p]) {
		n.check(n.limit >= len(n.in), PolicyViolation)
	}
	if !utf8.FullRuneInString(rest) {
		panic(stop(""))
	}
	r, size := utf8.DecodeRuneInString(rest)
	n.check(r != utf8.RuneError || size == 3, UnsupportedEncoding)
	if r == 0 && n.p < 4 {
		n.fail(UnsupportedEncoding)
	}
	n.check(r >= ' ' || r == '\t' || r == '\n' || r == '\r', NotWellFormed)
	n.check(r != 0xFFFE && r != 0xFFFF, NotWellFormed)
	return r, size
}

func (n *naive) take() rune {
	r, size := n.decode()
	n.p += size
	return r
}

// expect takes exactly these characters.
func (n *naive) expect(s string, c Condition) {
	for _, r := range s {
		n.check(n.peek() == r, c)
		n.take()
	}
}

func blank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

func (n *naive) blanks() (any bool) {
	for blank(n.peek()) {
		n.take()
		any = true
	}
	return any
}

func (n *naive) document() {
	bom := strings.HasPrefix(n.in, "\xEF\xBB\xBF")
	if n.peek() == 0xFEFF {
		n.take()
	}
	decl := false
	for {
		start := n.p
		if !decl && (start == 0 || start == 3 && bom) && n.peek() == '<' {
			n.limit = start + n.lim.HeaderBytes
			n.take()
			if n.peek() == '?' {
				n.declaration()
				n.limit = never
				decl = true
				continue
			}
			n.p = start
		}
		n.limit = never
		n.blanks()
		break
	}
	n.check(n.peek() == '<', NotWellFormed)
	n.limit = n.p + n.lim.HeaderBytes
	start := n.p
	n.take()
	n.noMarkup(NotWellFormed)
	n.check(n.peek() != '/', NotWellFormed)
	root, empty := n.startTag(0)
	n.limit = never
	n.out = append(n.out, "header "+n.in[start:n.p])
	if !empty {
		n.content(root)
	}
	n.out = append(n.out, "end")
	for {
		n.check(blank(n.peek()), NotWellFormed)
		n.take()
	}
}

func (n *naive) declaration() {
	n.expect("?xml", RestrictedXML)
	n.check(blank(n.peek()), RestrictedXML)
	var text strings.Builder
	for !strings.HasSuffix(text.String(), "?>") {
		r := n.take()
		n.check(r != '<' && r != '&' && (r != '>' || strings.HasSuffix(text.String(), "?")), NotWellFormed)
		text.WriteRune(r)
	}
	rest := strings.TrimSuffix(text.String(), "?>")
	step := 0 // next pseudo-attribute allowed: version, encoding, standalone
	for strings.Trim(rest, " \t\r\n") != "" {
		trimmed := strings.TrimLeft(rest, " \t\r\n")
		name, tail, ok := strings.Cut(trimmed, "=")
		n.check(ok && trimmed != rest, NotWellFormed)
		tail = strings.TrimLeft(tail, " \t\r\n")
		n.check(tail != "" && (tail[0] == '\'' || tail[0] == '"'), NotWellFormed)
		value, after, ok := strings.Cut(tail[1:], tail[:1])
		n.check(ok, NotWellFormed)
		switch name = strings.TrimRight(name, " \t\r\n"); {
		case name == "version" && step == 0:
			n.check(value == "1.0", NotWellFormed)
			step = 1
		case name == "encoding" && step == 1:
			n.check(strings.EqualFold(value, "utf-8") && len(value) == 5, UnsupportedEncoding)
			step = 2
		case name == "standalone" && (step == 1 || step == 2):
			n.check(value == "yes" || value == "no", NotWellFormed)
			step = 3
		default:
			n.fail(NotWellFormed)
		}
		rest = after
	}
	n.check(step > 0, NotWellFormed)
}

// noMarkup refuses what may not follow '<'; cdata is the condition for a CDATA section, "" allows it.
func (n *naive) noMarkup(cdata Condition) (isCDATA bool) {
	switch n.peek() {
	case '?':
		n.fail(RestrictedXML)
	case '!':
		n.take()
		switch n.peek() {
		case '-':
			n.expect("--", NotWellFormed)
			n.fail(RestrictedXML)
		case 'D':
			n.expect("DOCTYPE", NotWellFormed)
			n.fail(RestrictedXML)
		}
		n.expect("[CDATA[", NotWellFormed)
		n.check(cdata == "", cdata)
		return true
	}
	return false
}

// content reads stream level.
func (n *naive) content(root string) {
	for {
		n.blanks()
		n.check(n.peek() == '<', BadFormat)
		start := n.p
		n.limit = start + n.lim.StanzaBytes
		n.take()
		n.noMarkup(BadFormat)
		if n.peek() == '/' {
			n.endTag(root)
			n.limit = never
			return
		}
		n.elems, n.payload = 0, "-"
		n.element(1)
		n.limit = never
		n.out = append(n.out, fmt.Sprintf("stanza %s payload %s", n.in[start:n.p], n.payload))
	}
}

// element reads an element whose '<' has been taken, with all that is in it.
func (n *naive) element(depth int) {
	name, empty := n.startTag(depth)
	defer func() { n.scopes = n.scopes[:len(n.scopes)-1] }()
	for !empty {
		switch r := n.peek(); r {
		case '<':
			n.take()
			if n.noMarkup("") {
				n.cdata()
			} else if n.peek() == '/' {
				n.endTag(name)
				return
			} else {
				n.element(depth + 1)
			}
		case '&':
			n.reference()
		case '>':
			n.check(!strings.HasSuffix(n.in[:n.p], "]]"), NotWellFormed)
			n.take()
		default:
			n.take()
		}
	}
}

func (n *naive) cdata() {
	from := n.p
	for !strings.HasSuffix(n.in[from:n.p], "]]>") {
		n.take()
	}
}

func (n *naive) endTag(name string) {
	n.expect("/"+name, NotWellFormed)
	n.blanks()
	n.expect(">", NotWellFormed)
}

func nameRune(r rune, first bool) bool {
	switch {
	case r >= 0x80:
		return isNameRune(r, first)
	case strings.ContainsRune("-.0123456789", r):
		return !first
	}
	return r == '_' || 'a' <= r|0x20 && r|0x20 <= 'z'
}

// qname reads a qualified name.
func (n *naive) qname() (prefix, local string) {
	start, part := n.p, n.p
	for {
		r := n.peek()
		switch {
		case r == ':':
			n.check(n.p > part && part == start, NotWellFormed)
			part = n.p + 1
		case !nameRune(r, n.p == part):
			n.check(n.p > part && r < 0x80, NotWellFormed)
			if part > start {
				prefix = n.in[start : part-1]
			}
			return prefix, n.in[part:n.p]
		}
		n.check(n.p+utf8.RuneLen(r)-start <= n.lim.NameBytes, PolicyViolation)
		n.take()
	}
}

// startTag reads a start tag behind its '<' and opens its scope.
func (n *naive) startTag(depth int) (name string, empty bool) {
	n.peek()
	n.check(depth <= n.lim.Depth, PolicyViolation)
	n.elems++
	n.check(n.elems <= n.lim.Elements || depth == 0, PolicyViolation)
	start := n.p
	prefix, local := n.qname()
	name = n.in[start:n.p]
	var attrs [][3]string
	seen := map[string]bool{}
	for {
		spaced := n.blanks()
		if r := n.peek(); r == '>' || r == '/' {
			n.take()
			if empty = r == '/'; empty {
				n.expect(">", NotWellFormed)
			}
			break
		}
		n.check(spaced, NotWellFormed)
		n.check(len(attrs) < n.lim.Attributes, PolicyViolation)
		from := n.p
		p, l := n.qname()
		raw := n.in[from:n.p]
		n.blanks()
		n.expect("=", NotWellFormed)
		n.blanks()
		v := n.value()
		n.check(!seen[raw], NotWellFormed)
		seen[raw] = true
		attrs = append(attrs, [3]string{p, l, v})
	}
	n.judge(depth, prefix, local, attrs)
	return name, empty
}

// judge applies Namespaces in XML 1.0 to a start tag.
func (n *naive) judge(depth int, prefix, local string, attrs [][3]string) {
	scope := map[string]string{}
	n.scopes = append(n.scopes, scope)
	for _, a := range attrs {
		switch {
		case a[0] == "" && a[1] == "xmlns":
			n.check(a[2] != nsXML && a[2] != nsXMLNS, NotWellFormed)
			scope[""] = a[2]
		case a[0] == "xmlns":
			n.check(a[2] != "" && a[1] != "xmlns" && a[2] != nsXMLNS, NotWellFormed)
			n.check((a[1] == "xml") == (a[2] == nsXML), NotWellFormed)
			scope[a[1]] = a[2]
			n.checkScopes(depth)
		}
	}
	n.check(prefix != "xmlns", NotWellFormed)
	ns := n.lookup(prefix)
	n.check(depth < 2 || ns != nsStreams, BadFormat)
	n.check(depth != 1 || ns != nsStreams || local != "stream", UnsupportedStanzaType)
	if depth == 2 && n.payload == "-" {
		n.payload = "{" + ns + "}" + local
	}
	seen := map[[2]string]bool{}
	for _, a := range attrs {
		if a[0] == "" || a[0] == "xmlns" {
			continue
		}
		k := [2]string{n.lookup(a[0]), a[1]}
		n.check(!seen[k], NotWellFormed)
		seen[k] = true
	}
}

// checkScopes applies the limits on declarations: the header's count apart from a stanza's.
func (n *naive) checkScopes(depth int) {
	scopes := n.scopes
	if depth > 0 {
		scopes = scopes[1:]
	}
	count, size := 0, 0
	for _, s := range scopes {
		for p, u := range s {
			if p != "" {
				count, size = count+1, size+len(p)+len(u)
			}
		}
	}
	n.check(count <= n.lim.NamespaceDecls && size <= n.lim.NamespaceBytes, PolicyViolation)
}

func (n *naive) lookup(prefix string) string {
	for i := len(n.scopes) - 1; i >= 0; i-- {
		if uri, ok := n.scopes[i][prefix]; ok {
			return uri
		}
	}
	if prefix == "xml" {
		return nsXML
	}
	n.check(prefix == "", BadNamespacePrefix)
	return ""
}

// value reads a quoted value and returns it normalised.
func (n *naive) value() string {
	q := n.peek()
	n.check(q == '\'' || q == '"', NotWellFormed)
	n.take()
	var v strings.Builder
	for {
		switch r := n.peek(); {
		case r == q:
			n.take()
			return v.String()
		case r == '<':
			n.fail(NotWellFormed)
		case r == '&':
			v.WriteRune(n.reference())
		case r == '\n' && n.in[n.p-1] == '\r':
			n.take()
		case blank(r):
			n.take()
			v.WriteByte(' ')
		default:
			v.WriteRune(n.take())
		}
	}
}

// reference reads a reference and returns what it stands for.
func (n *naive) reference() rune {
	n.take()
	if n.peek() == '#' {
		n.take()
		return n.number()
	}
	r := n.peek()
	n.check(r == ':' || nameRune(r, true) || r >= 0x80, NotWellFormed)
	start := n.p
	for r = n.peek(); r != ';'; r = n.peek() {
		n.check(n.p+utf8.RuneLen(r)-start <= n.lim.NameBytes, PolicyViolation)
		n.check(r == ':' || nameRune(r, false) || r >= 0x80, NotWellFormed)
		n.take()
	}
	c, ok := map[string]rune{"lt": '<', "gt": '>', "amp": '&', "apos": '\'', "quot": '"'}[n.in[start:n.p]]
	n.check(ok, RestrictedXML)
	n.take()
	return c
}

func (n *naive) number() rune {
	base, digits := 10, "0123456789"
	if n.peek() == 'x' {
		n.take()
		base, digits = 16, "0123456789abcdef"
	}
	v, count := 0, 0
	for ; n.peek() != ';'; count++ {
		r := n.take()
		if 'A' <= r && r <= 'F' {
			r |= 0x20
		}
		d := strings.IndexRune(digits, r)
		n.check(d >= 0, NotWellFormed)
		v = min(v*base+d, 1<<30)
	}
	n.check(count > 0 && v <= utf8.MaxRune && (v < 0xD800 || v > 0xDFFF) && v != 0xFFFE && v != 0xFFFF, NotWellFormed)
	n.check(v >= ' ' || v == '\t' || v == '\n' || v == '\r', NotWellFormed)
	n.take()
	return rune(v)
}
