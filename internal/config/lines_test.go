// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

// Each case's keys stand in lines whose numbers are their values, so that a
// case is its own expectation.
func TestLinesOfOddTOML(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"plain", "a = 1\nb = 2\n"},
		{"no newline at the end", "a = 1"},
		{"blank lines and comments", "\n# a = 7\n  a = 3 # b = 9\n\tb = 4\n"},
		{"windows newlines", "a = 1\r\n\r\nb = 3\r\n"},
		{"byte order mark", "\xef\xbb\xbfa = 1\nb = 2"},
		{"table", "[t]\na = 2\n[u.v]\nb = 4\n[ w . 'x' ]\nc = 6"},
		{"subtable before table", "[t.u]\na = 2\n[t]\na = 4\n"},
		{"dotted keys", "a.b.c = 1\na.b.d = 2\n a . e = 3\n"},
		{"dotted keys in a table", "[t]\na.b = 2\na.c = 3\n"},
		{"quoted keys", "\"a b\" = 1\n'c.d' = 2\n\"e\\u0041\\\"\".f = 3\n\"\" = 4\n"},
		{"keys like numbers", "1.2 = 1\n-_ = 2\n"},
		{"arrays of tables", "[[t]]\na = 2\n\n[[t]]\na = 5\n[t.u]\nb = 7\n[[t.v]]\nc = 9\n[[t.v]]\nc = 11\n[[t]]\n[[t.v]]\nc = 14\n"},
		{"inline tables", "t = {a = 1, b = {c = 1, d.e = 1}}\nu = {}\nv = 3\n"},
		{"array of inline tables", "t = [\n  {a = 2},\n  {a = 3, b = 3}, # [\n\n  {c = 5},\n]\nd = 7\n"},
		{"nested arrays", "t = [[1, 1], [1,\n2],\n[3]]\nu = 4"},
		{"multi-line basic string", "s = \"\"\"\nx = 1\n\\\"\"\" [t]\n\"\"\"\na = 5\n"},
		{"multi-line string that ends in quotes", "s = \"\"\"a\"\"\"\"\"\na = 2\nr = '''\nb'''''\nb = 5\n"},
		{"multi-line literal string", "s = '''\nx = '' \\\n'''\na = 4\n"},
		{"strings with brackets", "s = \"] # } \\\" ,\"\nl = ['#', ']', \"[\"]\na = 3\n"},
		{"dates", "d = 1979-05-27 07:32:00\ne = 1979-05-27T07:32:00Z # x\nl = [07:32:00, 1979-05-27]\na = 4\n"},
		{"a string at the end", "a = 1\ns = 'x'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := check(t, c.text)
			var doc map[string]any
			if _, err := toml.Decode(c.text, &doc); err != nil {
				t.Fatal(err)
			}
			walk(doc, nil, func(p path, v any) {
				if want, ok := v.(int64); ok && l.at(p) != int(want) {
					t.Errorf("%s in line %d, want %d", p, l.at(p), want)
				}
			})
		})
	}
}

func TestLinesOfTables(t *testing.T) {
	l := check(t, "[a]\n[b.c]\n\n[[d]]\n[d.e]\n[[d]]\n[d.e]\nf = [\n1]\n")
	for _, c := range []struct {
		p    path
		want int
	}{
		{path(nil).with("a"), 1},
		{path(nil).with("b"), 2},
		{path(nil).with("b").with("c"), 2},
		{path(nil).with("d"), 4},
		{path(nil).with("d").index(0), 4},
		{path(nil).with("d").index(0).with("e"), 5},
		{path(nil).with("d").index(1), 6},
		{path(nil).with("d").index(1).with("e"), 7},
		{path(nil).with("d").index(1).with("e").with("f"), 8},
		{path(nil).with("d").index(1).with("e").with("f").index(0), 9},
		{path(nil).with("nowhere"), 0},
	} {
		if got := l.at(c.p); got != c.want {
			t.Errorf("%v in line %d, want %d", c.p, got, c.want)
		}
	}
}

func TestPathsAreNotConfused(t *testing.T) {
	ids := map[string]path{}
	for _, p := range []path{
		nil, path(nil).with(""), path(nil).with("").with(""),
		path(nil).with("a").with("b"), path(nil).with("a.b"), path(nil).with("a1:b"), path(nil).with("1:a"),
		path(nil).with("a").index(0), path(nil).with("a[0]"), path(nil).with("a").with("[0]"), path(nil).with("a").index(1),
	} {
		if q, twice := ids[p.id()]; twice {
			t.Errorf("%#v and %#v have the id %q", p, q, p.id())
		}
		ids[p.id()] = p
	}
}

func TestPathString(t *testing.T) {
	for want, p := range map[string]path{
		"":                    nil,
		"listen.component":    path(nil).with("listen").with("component").index(3),
		`acl."two words".x-y`: path(nil).with("acl").with("two words").with("x-y"),
		`"".a`:                path(nil).with("").with("a"),
		`"a\u000Ab\"".c`:      path(nil).with("a\nb\"").index(0).with("c"),
	} {
		if got := p.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// check compares the walk's paths with those of the library's result, and
// returns the walk.
func check(t *testing.T, text string) lines {
	t.Helper()
	var doc map[string]any
	if _, err := toml.Decode(text, &doc); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	l := indexLines(text)
	want := map[string]bool{}
	walk(doc, nil, func(p path, _ any) { want[p.id()] = true })
	got := map[string]bool{}
	last := strings.Count(text, "\n") + 1
	for id, line := range l {
		got[id] = true
		if line < 1 || line > last {
			t.Errorf("%q: %s in line %d of %d", text, id, line, last)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%q: keys (-library +walk):\n%s", text, d)
	}
	return l
}

// walk visits every value below v but the root, in a fixed order.
func walk(v any, p path, visit func(p path, v any)) {
	if len(p) > 0 {
		visit(p, v)
	}
	switch v := v.(type) {
	case map[string]any:
		var keys []string
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			walk(v[k], p.with(k), visit)
		}
	case []any:
		for i, e := range v {
			walk(e, p.index(i), visit)
		}
	case []map[string]any:
		for i, e := range v {
			walk(e, p.index(i), visit)
		}
	case string, int64, float64, bool, fmt.Stringer:
	default:
		panic(fmt.Sprintf("a TOML value of type %T", v))
	}
}
