// SPDX-License-Identifier: Apache-2.0

package xmpptest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// builds holds the binaries made in this test process. They are made at most once each and removed by Main.
var builds struct {
	sync.Mutex
	dir  string
	made map[string]*build
}

type build struct {
	once sync.Once
	path string
	err  error
}

// Main runs the tests of a package and then removes the binaries they built. It is the whole of a TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(xmpptest.Main(m)) }
func Main(m *testing.M) int {
	defer func() {
		if builds.dir != "" {
			_ = os.RemoveAll(builds.dir)
		}
	}()
	return m.Run()
}

// Binary builds the command in package weir/cmd/NAME, once per test process, and returns the path of the binary. It has the
// race detector when the test has it, so that a race inside the real program fails the test that met it (exit status 66).
func Binary(t testing.TB, name string) string {
	t.Helper()
	b := buildOf(t, name)
	b.once.Do(func() {
		args := []string{"build", "-o", b.path}
		if raceEnabled {
			args = append(args, "-race")
		}
		out, err := exec.Command("go", append(args, "weir/cmd/"+name)...).CombinedOutput()
		if err != nil {
			b.err = fmt.Errorf("go build weir/cmd/%s: %w\n%s", name, err, out)
		}
	})
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.path
}

func buildOf(t testing.TB, name string) *build {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if builds.dir == "" {
		dir, err := os.MkdirTemp("", "weir-test-")
		if err != nil {
			t.Fatal(err)
		}
		builds.dir, builds.made = dir, make(map[string]*build)
	}
	b := builds.made[name]
	if b == nil {
		b = &build{path: filepath.Join(builds.dir, name)}
		builds.made[name] = b
	}
	return b
}
