// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"weir/internal/xmpptest"
)

// without is the listener without a password, for other keys that hold one.
var without = strings.Replace(listener, "password = \""+secret+"\"\n", "", 1)

const otherSecret = "tail-race-9K4w"

// expectLogin logs a component in with one of several passwords and ends its stream.
func expectLogin(t *testing.T, w *xmpptest.Weir, password string) {
	t.Helper()
	xmpptest.Dial(t, w.Addr(), "c.example", password).End()
}

// expectNoLogin is turned away, in the same words whatever the password.
func expectNoLogin(t *testing.T, w *xmpptest.Weir, password string) {
	t.Helper()
	p := xmpptest.Connect(t, w.Addr())
	p.Open("c.example")
	p.SendHandshake(password)
	p.ExpectStreamErrorWithText("not-authorized")
	p.Close()
}

// secretFile writes a file with secrets beside nothing else and returns its name as TOML.
func secretFile(t *testing.T, text string) (name, asTOML string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name, strconv.Quote(name)
}

// TestPasswordKeys: each key that can hold a password opens, all that are given do, nothing else does, and none of them is told
// by the log or by weir check.
func TestPasswordKeys(t *testing.T) {
	t.Parallel()
	_, one := secretFile(t, "from-a-file-1\n")
	_, many := secretFile(t, "from-a-file-2\r\nfrom-a-file-3")
	for _, tt := range []struct {
		name, keys string
		open       []string
	}{
		{"password", `password = "` + secret + `"`, []string{secret}},
		{"two at once", `passwords = ["` + secret + `", "` + otherSecret + `"]`, []string{secret, otherSecret}},
		{"a file", `password_file = ` + one, []string{"from-a-file-1"}},
		{"a file of several", `passwords_file = ` + many, []string{"from-a-file-2", "from-a-file-3"}},
		{"all together", "password_file = " + one + "\npasswords = [\"" + otherSecret + "\"]\npasswords_file = " + many,
			[]string{"from-a-file-1", otherSecret, "from-a-file-2", "from-a-file-3"}},
		{"blanks belong to it", `password = " ` + secret + ` "`, []string{" " + secret + " "}},
		{"beyond ASCII", `password = "Mühl-😀"`, []string{"Mühl-😀"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := xmpptest.StartWeir(t, without+tt.keys+"\n")
			for _, password := range tt.open {
				expectLogin(t, w, password)
			}
			for _, password := range []string{"", "x", tt.open[0] + tt.open[0], tt.open[0] + "\n", strings.ToUpper(tt.open[0])} {
				expectNoLogin(t, w, password)
			}
			w.Stop()
			output, status := check(t, without+tt.keys+"\n")
			for _, password := range tt.open {
				if strings.Contains(w.Log(), password) || strings.Contains(output, password) {
					t.Errorf("the password %q is told", password)
				}
			}
			if status != 0 {
				t.Errorf("weir check: exit status %d, output\n%s", status, output)
			}
		})
	}
}

// TestPasswordRotation: the old and the new password are good at once; then the old one is not any more, and who came with it
// stays. Which one somebody came with is not told.
func TestPasswordRotation(t *testing.T) {
	name, asTOML := secretFile(t, secret)
	w := xmpptest.StartWeir(t, without+"passwords_file = "+asTOML+"\n")
	early := dial(t, w, "early.example")
	for _, step := range []struct {
		file          string
		opens, closed string
	}{
		{secret + "\n" + otherSecret + "\n", otherSecret, "x"},
		{otherSecret + "\n", otherSecret, secret},
	} {
		if err := os.WriteFile(name, []byte(step.file), 0o600); err != nil {
			t.Fatal(err)
		}
		reload(t, w)
		expectLogin(t, w, step.opens)
		expectNoLogin(t, w, step.closed)
		early.Sync()
	}
	for _, password := range []string{secret, otherSecret} {
		if strings.Contains(w.Log(), password) {
			t.Errorf("the log tells the password %q", password)
		}
	}
}

// reload has weir read its configuration again and waits until it follows it.
func reload(t *testing.T, w *xmpptest.Weir) {
	t.Helper()
	const said = `"configuration reloaded"`
	before := strings.Count(w.Log(), said)
	w.Signal(syscall.SIGHUP)
	waitFor(t, "the configuration to be reloaded", func() bool { return strings.Count(w.Log(), said) > before })
}
