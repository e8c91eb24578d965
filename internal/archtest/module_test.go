// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the module's folder, seen from this package's.
const root = "../.."

// module is the path before which packages of ours stand in an import.
const module = "weir/"

// pkg is what the tests want to know of a package; the names are those of go list.
type pkg struct {
	ImportPath string
	Name       string
	Dir        string
	Imports    []string // of the package itself, not of its tests
}

// packages lists all packages of the module, those included that do not compile.
func packages(t *testing.T) (all []pkg) {
	t.Helper()
	walk(t)
	out := run(t, "go", "list", "-e", "-json=ImportPath,Name,Dir,Imports", "./...")
	for d := json.NewDecoder(strings.NewReader(out)); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("go list knows only %d packages", len(all))
	}
	return all
}

// files lists the repository's files by their paths from root: what git tracks or would track. Without git, as in an
// unpacked archive, all that is there.
func files(t *testing.T) (all []string) {
	t.Helper()
	all = walk(t)
	if _, err := os.Stat(filepath.Join(root, ".git")); err == nil {
		known := map[string]bool{}
		out := run(t, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
		for _, name := range strings.Split(out, "\x00") {
			known[name] = true
		}
		all = slices.DeleteFunc(all, func(name string) bool { return !known[name] })
	}
	if len(all) < 20 {
		t.Fatalf("only %d files found", len(all))
	}
	return all
}

// walk lists all regular files. It is also what makes go test see that its cached result is stale when a file comes or
// changes: it notes the folders a test reads, and nothing of what git and go list read for it.
func walk(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a test beside this one has cleaned up
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == ".git" || e.Name() == ".cache"):
			return fs.SkipDir // neither is ours: history, and what the tests have downloaded
		case e.Type().IsRegular():
			name, err = filepath.Rel(root, name)
			all = append(all, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "" // deleted since it was listed
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, stderr.String())
	}
	return string(out)
}
