// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// path leads to a value in a TOML file through tables and arrays.
type path []step

// step is a key of a table, or an index of an array, from 0.
type step struct {
	key     string
	i       int
	isIndex bool
}

// with returns a new path, one key further.
func (p path) with(key string) path { return append(p[:len(p):len(p)], step{key: key}) }

// index returns a new path, into the array's element i.
func (p path) index(i int) path { return append(p[:len(p):len(p)], step{i: i, isIndex: true}) }

// id is the path as a map key. Keys can hold anything, so lengths stand before
// them and no two paths are alike.
func (p path) id() string {
	var b []byte
	for _, s := range p {
		if s.isIndex {
			b = append(strconv.AppendInt(append(b, '['), int64(s.i), 10), ']')
			continue
		}
		b = append(strconv.AppendInt(b, int64(len(s.key)), 10), ':')
		b = append(b, s.key...)
	}
	return string(b)
}

// String is the path as a person writes it: dotted, without the indices of
// arrays, which the line number makes superfluous.
func (p path) String() string {
	var keys []string
	for _, s := range p {
		if !s.isIndex {
			keys = append(keys, quoteKey(s.key))
		}
	}
	return strings.Join(keys, ".")
}

// quoteKey writes a key as TOML, on one line.
func quoteKey(k string) string {
	bare := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
	}
	if k != "" && strings.TrimFunc(k, bare) == "" {
		return k
	}
	return quote(k)
}

// lines knows in which line (from 1) of a TOML file each key, table and array
// element first stands, by path.id.
//
// The TOML library reads values and judges syntax but keeps positions to
// itself, and by a name in which all tables of an array are one. So the keys
// are walked a second time here. The walk may trust that the text is valid; it
// still never leaves it, whatever it holds.
type lines map[string]int

func (l lines) at(p path) int { return l[p.id()] }

func (l lines) see(p path, line int) {
	if id := p.id(); l[id] == 0 {
		l[id] = line
	}
}

// indexLines walks a TOML text that the library has accepted.
func indexLines(text string) lines {
	for _, bom := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		text = strings.TrimPrefix(text, bom)
	}
	w := walker{text: text, line: 1, lines: lines{}, lengths: map[string]int{}}
	w.document()
	return w.lines
}

type walker struct {
	text    string // what is left
	line    int
	lines   lines
	lengths map[string]int // of arrays of tables, by id
}

func (w *walker) document() {
	var table path
	for w.blank(); w.text != ""; w.blank() {
		if w.text[0] == '[' {
			table = w.header()
		} else {
			w.pair(table)
		}
	}
}

// header reads [a.b] or [[a.b]] and returns where it leads: a name on the way
// that is an array of tables means its last one.
func (w *walker) header() path {
	line := w.line
	array := strings.HasPrefix(w.text, "[[")
	for w.text != "" && w.text[0] == '[' {
		w.skip(1)
	}
	var p path
	keys := w.key()
	for i, k := range keys {
		p = p.with(k)
		w.lines.see(p, line)
		n := w.lengths[p.id()]
		if array && i == len(keys)-1 {
			n++
			w.lengths[p.id()] = n
		}
		if n > 0 {
			p = p.index(n - 1)
			w.lines.see(p, line)
		}
	}
	for w.text != "" && w.text[0] == ']' {
		w.skip(1)
	}
	return p
}

// pair reads key = value below table.
func (w *walker) pair(table path) {
	line := w.line
	p := table
	for _, k := range w.key() {
		p = p.with(k)
		w.lines.see(p, line)
	}
	w.blank()
	w.skip(1) // =
	w.value(p)
}

// key reads a dotted key.
func (w *walker) key() []string {
	var keys []string
	for {
		w.blank()
		keys = append(keys, w.simpleKey())
		w.blank()
		if w.text == "" || w.text[0] != '.' {
			return keys
		}
		w.skip(1)
	}
}

func (w *walker) simpleKey() string {
	if w.text != "" && (w.text[0] == '"' || w.text[0] == '\'') {
		before := w.text
		w.str()
		return unquote(before[:len(before)-len(w.text)])
	}
	n := strings.IndexAny(w.text, " \t\r\n.=]")
	if n < 0 {
		n = len(w.text)
	}
	k := w.text[:n]
	w.skip(n)
	return k
}

// unquote leaves the escapes of a quoted key to the library.
func unquote(quoted string) string {
	var doc struct{ K string }
	if _, err := toml.Decode("K = "+quoted, &doc); err != nil {
		return quoted
	}
	return doc.K
}

func (w *walker) value(p path) {
	w.blank()
	if w.text == "" {
		return
	}
	switch w.text[0] {
	case '"', '\'':
		w.str()
	case '[':
		w.skip(1)
		w.array(p)
	case '{':
		w.skip(1)
		w.inlineTable(p)
	default: // a number, boolean or date
		n := strings.IndexAny(w.text, ",]}#\r\n")
		if n < 0 {
			n = len(w.text)
		}
		w.skip(max(n, 1)) // 0 only in text that is no TOML: go on all the same
	}
}

func (w *walker) array(p path) {
	for i := 0; w.item(']'); i++ {
		q := p.index(i)
		w.lines.see(q, w.line)
		w.value(q)
	}
}

func (w *walker) inlineTable(p path) {
	for w.item('}') {
		w.pair(p)
	}
}

// item goes to the next item of a bracket that closes with end, or behind it.
func (w *walker) item(end byte) bool {
	w.blank()
	for w.text != "" && w.text[0] == ',' {
		w.skip(1)
		w.blank()
	}
	if w.text == "" {
		return false
	}
	if w.text[0] == end {
		w.skip(1)
		return false
	}
	return true
}

// str reads a string of any of the four kinds. A multi-line one may end with
// one or two quotes of its own before the three that close it.
func (w *walker) str() {
	quote := w.text[:1]
	escapes := quote == `"`
	if strings.HasPrefix(w.text, quote+quote+quote) {
		w.skip(3)
		w.until(quote+quote+quote, escapes)
		for i := 0; i < 2 && strings.HasPrefix(w.text, quote); i++ {
			w.skip(1)
		}
		return
	}
	w.skip(1)
	w.until(quote, escapes)
}

// until goes behind the next end that no backslash escapes.
func (w *walker) until(end string, escapes bool) {
	for w.text != "" {
		switch {
		case escapes && w.text[0] == '\\':
			w.skip(2)
		case strings.HasPrefix(w.text, end):
			w.skip(len(end))
			return
		default:
			w.skip(1)
		}
	}
}

// blank skips white space, newlines and comments.
func (w *walker) blank() {
	for w.text != "" {
		switch w.text[0] {
		case ' ', '\t', '\r', '\n':
			w.skip(1)
		case '#':
			n := strings.IndexByte(w.text, '\n')
			if n < 0 {
				n = len(w.text)
			}
			w.skip(n)
		default:
			return
		}
	}
}

// skip goes n bytes on and counts the lines.
func (w *walker) skip(n int) {
	n = min(n, len(w.text))
	w.line += strings.Count(w.text[:n], "\n")
	w.text = w.text[n:]
}
