// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// library is a component library and how to start the program that clients/ holds for it.
type library struct {
	name    string
	command func(t *testing.T) []string // without the program's arguments; skips the test when the library is missing
	env     []string
}

var libraries = []library{
	{name: "slixmpp", command: slixmppCommand},
	{name: "xmppjs", command: xmppjsCommand, env: []string{"NODE_PATH=" + filepath.Join(cacheDir, "xmppjs", "node_modules")}},
	{name: "libstrophe", command: libstropheCommand},
}

// cacheDir is where scripts/test-deps installs npm packages: beside the source, ignored by git.
var cacheDir = func() string {
	dir, err := filepath.Abs("../../.cache")
	if err != nil {
		panic(err)
	}
	return dir
}()

// start starts the library's program as the component name at the server addr.
func (l library) start(t *testing.T, addr, name string) *xmpptest.Program {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	args := append(l.command(t), host, port, name, secret)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), l.env...)
	return xmpptest.StartProgram(t, l.name, cmd)
}

// slixmppCommand looks for an interpreter that has the library: Debian's package belongs to Debian's own.
func slixmppCommand(t *testing.T) []string {
	t.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import slixmpp").Run() == nil {
			return []string{python, filepath.Join("clients", "slixmpp", "component.py")}
		}
	}
	xmpptest.Need(t, errors.New("no python3 has slixmpp"), "Debian package python3-slixmpp")
	return nil
}

func xmppjsCommand(t *testing.T) []string {
	t.Helper()
	node := xmpptest.NeedProgram(t, "node", "Debian package nodejs")
	_, err := os.Stat(filepath.Join(cacheDir, "xmppjs", "node_modules", "@xmpp", "component"))
	xmpptest.Need(t, err, "npm package @xmpp/component, by scripts/test-deps")
	return []string{node, filepath.Join("clients", "xmppjs", "component.js")}
}

// libstropheCommand compiles the program; the flags come from pkg-config.
func libstropheCommand(t *testing.T) []string {
	t.Helper()
	cc := xmpptest.NeedProgram(t, "cc", "Debian package gcc")
	pkgConfig := xmpptest.NeedProgram(t, "pkg-config", "Debian package pkg-config")
	flags, err := exec.Command(pkgConfig, "--cflags", "--libs", "libstrophe").Output()
	if err != nil {
		err = fmt.Errorf("pkg-config does not know libstrophe: %w", err)
	}
	xmpptest.Need(t, err, "Debian package libstrophe-dev")

	binary := filepath.Join(t.TempDir(), "component")
	args := append([]string{"-Wall", "-Werror", "-O1", "-o", binary, filepath.Join("clients", "libstrophe", "component.c")},
		strings.Fields(string(flags))...)
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		t.Fatalf("compiling the libstrophe component: %v\n%s", err, out)
	}
	return []string{binary}
}
