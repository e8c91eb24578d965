// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// docBlock is one of OPERATIONS.md, in its language.
var docBlock = regexp.MustCompile("(?s)```(sh|toml|python)\n(.*?)```")

// TestOperationsTLS does what docs/OPERATIONS.md says on TLS, in order: the commands, weir on each configuration, and each
// component against the configuration before it.
func TestOperationsTLS(t *testing.T) {
	t.Parallel()
	openssl := xmpptest.NeedProgram(t, "openssl", "Debian package openssl")
	text, err := os.ReadFile("../../docs/OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, about, found := strings.Cut(string(text), "\n## TLS\n")
	if !found {
		t.Fatal("OPERATIONS.md says nothing on TLS")
	}
	about, _, _ = strings.Cut(about, "\n## ")
	dir, python := t.TempDir(), slixmppCommand(t)[0]
	var w *xmpptest.Weir
	var config, port string
	components := 0
	for _, b := range docBlock.FindAllStringSubmatch(about, -1) {
		switch language, block := b[1], b[2]; language {
		case "sh":
			cmd := exec.Command("sh", "-e", "-c", strings.ReplaceAll(block, "8889", port))
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil || strings.Contains(block, "s_client") && !strings.Contains(string(out), "Verify return code: 0 (ok)") {
				t.Fatalf("%v:\n%s\n%s", err, block, out)
			}
		case "toml":
			config = absolute(strings.Replace(block, "port = 8889", "port = 0", 1), dir)
			w = xmpptest.StartWeir(t, config)
			_, port, _ = net.SplitHostPort(w.Addr())
		case "python":
			cmd := exec.Command(python, "-c", block, port)
			cmd.Dir = dir
			component := xmpptest.StartProgram(t, "component", cmd)
			component.Expect("online")
			w.WaitLog(`"component connected".*bot\.example`)
			component.Terminate()
			components++
		}
	}
	if components != 2 {
		t.Errorf("%d components were tried, want 2", components)
	}
	w.WriteConfig(config + `    crl_files = ["` + filepath.Join(dir, "revoked.pem") + `"]` + "\n")
	reload(t, w)
	out, _ := exec.Command(openssl, "s_client", "-connect", w.Addr(), "-cert", filepath.Join(dir, "bot.pem"), "-key", filepath.Join(dir, "bot.key"), "-tls1_2").CombinedOutput()
	w.WaitLog(`serial number .* is revoked`)
	if !strings.Contains(string(out), "alert") {
		t.Errorf("a revoked certificate is taken:\n%s", out)
	}
}

// absolute gives the files of a configuration their place: weir is started elsewhere.
func absolute(config, dir string) string {
	return regexp.MustCompile(`"([\w.]+\.(?:pem|key))"`).ReplaceAllString(config, `"`+dir+`/$1"`)
}
