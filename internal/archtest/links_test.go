// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	namedPage    = regexp.MustCompile(`\bdocs/[A-Za-z/]+\.md\b`)
)

// A page that is linked, or that a comment sends its reader to, is there.
func TestPagesThatAreNamedExist(t *testing.T) {
	all := files(t)
	there := func(name string) bool {
		return slices.ContainsFunc(all, func(f string) bool { return f == name || strings.HasPrefix(f, name+"/") })
	}
	for _, f := range all {
		for _, to := range pagesNamedIn(f, read(t, f)) {
			if !there(to) {
				t.Errorf("%s sends its reader to %s, which is not there", f, to)
			}
		}
	}
}

// pagesNamedIn is what a file of the repository links or names, as paths from the repository's root.
func pagesNamedIn(file, text string) (pages []string) {
	switch path.Ext(file) {
	case ".md":
		for _, m := range markdownLink.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(m[1], "://") {
				pages = append(pages, path.Join(path.Dir(file), m[1]))
			}
		}
	case ".go", ".toml":
		pages = namedPage.FindAllString(text, -1)
	}
	return pages
}
