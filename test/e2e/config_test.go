// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// TestPastedListener: the example of MongooseIM's page on component listeners, with the shaper it names, works as it stands
// there (the port apart, which a test leaves to the kernel).
func TestPastedListener(t *testing.T) {
	w := xmpptest.StartWeir(t, `
[shaper.fast]
  max_rate = 50000

[[listen.component]]
  port = 0
  access = "all"
  shaper = "fast"
  ip_address = "127.0.0.1"
  password = "secret"
`)
	xmpptest.Dial(t, w.Addr(), "c.example", "secret").Sync()
}

// TestExampleConfigs: each file under configs starts, is listened on, and takes its components.
func TestExampleConfigs(t *testing.T) {
	files, err := filepath.Glob("../../configs/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no example configurations: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			config := portKey.ReplaceAllString(string(text), "${1}port = 0")
			config = levelKey.ReplaceAllString(config, `${1}loglevel = "info"`) // the log tells the port
			w := xmpptest.StartWeir(t, config)
			if clusterKey.MatchString(config) {
				w.WaitLog("the cluster cannot be joined yet") // one of three alone serves no name; test/cluster has all three
				return
			}
			password := passwordKey.FindStringSubmatch(config)
			if password == nil {
				t.Fatal("the example has no password")
			}
			xmpptest.Dial(t, w.Addr(), "c.example", password[1]).Sync()
		})
	}
}

// Keys that count; a line that begins with # is off.
var (
	portKey     = regexp.MustCompile(`(?m)^(\s*)port\s*=\s*\d+`)
	levelKey    = regexp.MustCompile(`(?m)^(\s*)loglevel\s*=.*`)
	clusterKey  = regexp.MustCompile(`(?m)^\s*mode\s*=\s*"embedded"`)
	passwordKey = regexp.MustCompile(`(?m)^\s*password\s*=\s*"([^"]+)"`)
)

// TestReload: what a reload adds is there, what is wrong changes nothing, and no stream notices.
func TestReload(t *testing.T) {
	w := xmpptest.StartWeir(t, "[general]\nhosts = [\"example.com\"]\n"+listener)
	asker := dial(t, w, "asker.example")
	chat := xmpptest.Connect(t, w.Addr())
	chat.Open("chat", " is_subdomain='true'")
	chat.Login(secret)

	w.WriteConfig("[general]\nhosts = 7\nnonsense = true\n" + listener)
	w.Signal(syscall.SIGHUP)
	w.WaitLog("weir.toml:2: general.hosts")
	w.WaitLog("weir.toml:3: general.nonsense")
	asker.Sync()

	w.WriteConfig("[general]\nhosts = [\"example.com\", \"example.org\"]\n" + listener)
	reload(t, w)
	// Each loop gives its components their names below the new host; until then nobody has them.
	m := "<message from='asker.example' to='room@chat.example.org' id='1'/>"
	for deadline := time.Now().Add(10 * time.Second); ; {
		asker.Send(m)
		asker.SyncAfter(unavailable("message", "room@chat.example.org", "asker.example", "1"))
		if chat.Received() {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the component is not reached below the new host")
		}
	}
	chat.Expect(m)
}
