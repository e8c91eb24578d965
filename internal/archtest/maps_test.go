// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// goFile is a Go file, or several by a pattern, as a page or a package's map names it.
var goFile = regexp.MustCompile(`[\w/*]*\w\*?\.go\b`)

// A package's map names the files there are: all of them, unless it is no map, and no other.
func TestMapsAreOfTheFilesThereAre(t *testing.T) {
	all := files(t)
	for _, p := range packages(t) {
		doc := filepath.Join(p.Dir, "doc.go")
		rel, err := filepath.Rel(mustAbs(t), doc)
		if err != nil || !slices.Contains(all, filepath.ToSlash(rel)) {
			continue // another test says that it has none
		}
		dir := path.Dir(filepath.ToSlash(rel))
		named := goFile.FindAllString(read(t, path.Join(dir, "doc.go")), -1)
		var there []string
		for _, f := range all {
			if path.Dir(f) == dir && path.Ext(f) == ".go" {
				there = append(there, path.Base(f))
			}
		}
		for _, problem := range wrongIn(named, there) {
			t.Errorf("%s/doc.go: %s", dir, problem)
		}
	}
}

// wrongIn compares what a map names with the files there are. Tests and what only building cares for need not be named;
// a doc.go that names but tests, or nothing, is no map.
func wrongIn(named, there []string) (problems []string) {
	names := func(pattern string) func(string) bool {
		return func(f string) bool { ok, _ := path.Match(pattern, f); return ok }
	}
	isMap := false
	for _, n := range named {
		isMap = isMap || !strings.HasSuffix(n, "_test.go")
		if !strings.Contains(n, "/") && !slices.ContainsFunc(there, names(n)) {
			problems = append(problems, "names "+n+", which is not there")
		}
	}
	for _, f := range there {
		unnamed := f == "doc.go" || strings.HasSuffix(f, "_test.go") || strings.HasPrefix(f, "race_o")
		if isMap && !unnamed && !slices.ContainsFunc(named, func(n string) bool { return names(n)(f) }) {
			problems = append(problems, "does not name "+f)
		}
	}
	return problems
}

// A file of Go that a page names is there: by its path, or by the end of it.
func TestFilesThatPagesNameExist(t *testing.T) {
	all := files(t)
	for _, page := range all {
		if path.Ext(page) != ".md" || path.Base(page) == "CHANGELOG.md" || strings.Contains(page, "testdata/") { // what has changed was there once
			continue
		}
		for _, name := range quotedFiles(read(t, page)) {
			if !slices.ContainsFunc(all, func(f string) bool { return endsAs(f, name) }) {
				t.Errorf("%s names %s, which is not there", page, name)
			}
		}
	}
}

// quoted is what a page writes as code.
var quoted = regexp.MustCompile("`[^`\n]+`")

func quotedFiles(text string) (names []string) {
	for _, q := range quoted.FindAllString(text, -1) {
		if strings.ContainsAny(q, "<>") {
			continue // any file of a kind
		}
		for _, name := range goFile.FindAllString(q, -1) {
			if !strings.HasPrefix(name, "x_") { // likewise
				names = append(names, strings.TrimLeft(name, "/")) // of a way up
			}
		}
	}
	return names
}

// endsAs says whether a path ends with the parts that a name has, which may be patterns.
func endsAs(file, name string) bool {
	parts, want := strings.Split(file, "/"), strings.Split(name, "/")
	if len(parts) < len(want) {
		return false
	}
	ok, _ := path.Match(name, strings.Join(parts[len(parts)-len(want):], "/"))
	return ok
}

func mustAbs(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMapRules(t *testing.T) {
	there := []string{"a.go", "b_one.go", "b_two.go", "doc.go", "x_test.go", "race_off.go"}
	for name, want := range map[string]int{
		"a.go b_one.go b_two.go": 0, "a.go b_*.go": 0, "a.go b*.go x_test.go": 0, "": 0, "x_test.go": 0,
		"a.go": 2, "a.go b_*.go c.go": 1, "a.go b_*.go other/c.go": 0, "y_test.go": 1,
	} {
		if got := wrongIn(goFile.FindAllString(name, -1), there); len(got) != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for text, want := range map[string]bool{
		"`a.go`": true, "`x/y/b_*.go`": true, "`y/b_one.go`": true, "`y/c.go`": false, "`z/a.go`": false, "c.go": true, "`x/<any>.go`": true,
	} {
		got := true
		for _, name := range quotedFiles(text) {
			got = slices.ContainsFunc([]string{"x/y/a.go", "x/y/b_one.go", "a.go"}, func(f string) bool { return endsAs(f, name) })
		}
		if got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
