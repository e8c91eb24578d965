// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const licence = "SPDX-License-Identifier: Apache-2.0"

// sourceFile says whether a file is code by its name; scripts without a suffix are known by their first line.
func sourceFile(name string) bool {
	return slices.Contains([]string{".go", ".s", ".c", ".h", ".py", ".sh", ".js", ".mjs"}, path.Ext(name))
}

func TestSourceFilesNameTheirLicence(t *testing.T) {
	for _, name := range files(t) {
		if strings.Contains(name, "testdata/") {
			continue
		}
		text := read(t, name)
		script := strings.HasPrefix(text, "#!")
		if text == "" || !script && !sourceFile(name) {
			continue
		}
		if !namesLicence(text) {
			t.Errorf("%s: the first line (the second behind #!) must be a comment: %s", name, licence)
		}
	}
}

func namesLicence(text string) bool {
	first, rest, _ := strings.Cut(text, "\n")
	if strings.HasPrefix(first, "#!") {
		first, _, _ = strings.Cut(rest, "\n")
	}
	return slices.Contains([]string{"// " + licence, "# " + licence, "/* " + licence + " */"}, strings.TrimSuffix(first, "\r"))
}

func TestEveryPackageHasADoc(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + path.Base(p.ImportPath) + " "
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, "doc.go"), nil, parser.ParseComments)
		switch {
		case os.IsNotExist(err):
			t.Errorf("%s has no doc.go: say what it is, what each file owns, what is concurrent-safe, what it does not contain", name)
		case err != nil:
			t.Error(err)
		case f.Doc == nil:
			t.Errorf("%s/doc.go: no comment stands directly before the package clause", name)
		case !strings.HasPrefix(f.Doc.Text(), want):
			t.Errorf("%s/doc.go: the comment does not begin with %q", name, want)
		}
	}
}

// home is a path that exists on somebody's machine and not on the reader's.
var home = regexp.MustCompile(`(^|[^\w.:/-])/(work|root|home|Users)/\w`)

func TestNoPathOfAMachine(t *testing.T) {
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files(t) {
		text := read(t, name)
		if strings.Contains(text, "\x00") {
			continue // not a text
		}
		for i, line := range strings.Split(text, "\n") {
			if found := home.FindString(line); found != "" || strings.Contains(line, here) {
				t.Errorf("%s:%d: a path of this machine: %s", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}

func TestFileRules(t *testing.T) {
	for text, want := range map[string]bool{
		"// " + licence + "\npackage x":    true,
		"#!/bin/sh\n# " + licence + "\n":   true,
		"# " + licence:                     true,
		"package x\n// " + licence:         false,
		"#!/bin/sh\n\n# " + licence + "\n": false,
		"// " + licence + " or later\n":    false,
	} {
		if got := namesLicence(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for _, dir := range []string{"work", "root", "home", "Users"} {
		for line, want := range map[string]bool{
			"cd /" + dir + "/x": true, `"/` + dir + `/x"`: true, "/" + dir + "/x": true,
			"https://a.example/" + dir + "/x": false, "./" + dir + "/x": false, "a/" + dir + "/x": false, "/" + dir: false, "/" + dir + "/…": false,
		} {
			if got := home.MatchString(line); got != want {
				t.Errorf("%q: %v", line, got)
			}
		}
	}
}
