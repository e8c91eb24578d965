// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

var (
	pythonBlock    = regexp.MustCompile("(?s)```python\n(.*?)```")
	examplePort    = regexp.MustCompile(`(?m)^(\s*port = )\d+`)
	exampleAddress = regexp.MustCompile(`(?m)^(\s*address = )"[^"]*"`)
)

// TestUpstreamManual walks through docs/OPERATIONS.md: both sides' example configurations, with other ports, and the bot of the
// page, until a user has had an answer, and another one after the bot was sent away.
func TestUpstreamManual(t *testing.T) {
	side := map[string]string{"prosody": "front-prosody.cfg.lua", "ejabberd": "front-ejabberd.yml"}
	_, page, _ := strings.Cut(readFile(t, "../../docs/OPERATIONS.md"), "\n## In front of an XMPP server\n")
	blocks := pythonBlock.FindAllStringSubmatch(page, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d pieces of Python in the manual, want the bot and alice", len(blocks))
	}
	eachServer(t, func(t *testing.T, kind string) {
		server := xmpptest.StartServer(t, kind, xmpptest.ServerConfig{
			Domain: "example.com", Users: []string{"alice"}, Extra: readFile(t, "../../configs/"+side[kind]),
		})
		config := readFile(t, "../../configs/front-"+kind+".toml")
		config = examplePort.ReplaceAllString(config, "${1}0")
		w := administer(t, exampleAddress.ReplaceAllString(config, fmt.Sprintf("${1}%q", server.Components)))

		_, port, _ := net.SplitHostPort(w.Addr())
		bot := filepath.Join(t.TempDir(), "bot.py")
		text := strings.Replace(blocks[0][1], "8888", port, 1)
		if err := os.WriteFile(bot, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		xmpptest.StartProgram(t, "bot", exec.Command(slixmppCommand(t)[0], bot))
		w.WaitLog("upstream link is up")
		alice := user(t, server, "alice")
		alice.Do("message", "echo@bot.example.com", "hello")
		alice.Expect("message", "echo@bot.example.com", "You said: hello")

		// The library does not connect again by itself; the manual's bot does.
		seen := len(w.Log())
		w.run("drain", "bot.example.com")
		w.WaitLogSince(seen, `"component connected","component":"bot.example.com"`)
		alice.Do("message", "echo@bot.example.com", "still there?")
		alice.Expect("message", "echo@bot.example.com", "You said: still there?")
	})
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
