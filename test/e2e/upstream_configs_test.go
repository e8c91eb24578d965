// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

// TestUpstreamExamplesFit: each example has the server's side beside it, with the same port and secret.
func TestUpstreamExamplesFit(t *testing.T) {
	sides := map[string]string{"prosody": ".cfg.lua", "ejabberd": ".yml", "mongooseim": ".server.toml", "openfire": ".properties"}
	value := func(text, pattern string) string {
		t.Helper()
		m := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no %s in\n%s", pattern, text)
		}
		return m[1]
	}
	for kind, side := range sides {
		t.Run(kind, func(t *testing.T) {
			ours := readFile(t, "../../configs/front-"+kind+".toml")
			theirs := readFile(t, "../../configs/front-"+kind+side)
			for _, want := range []string{value(ours, `(?m)^  address = "127\.0\.0\.1:(\d+)"`), value(ours, `(?m)^  secret = "(.*)"`)} {
				if !strings.Contains(theirs, want) {
					t.Errorf("%s of front-%s.toml is not in the server's side:\n%s", want, kind, theirs)
				}
			}
			if value(ours, `(?m)^  kind = "(.*)"`) != kind {
				t.Error("another kind")
			}
		})
	}
	all, err := filepath.Glob("../../configs/front-*")
	if err != nil || len(all) != 2*len(sides) {
		t.Errorf("%d files, want %d: %v (%v)", len(all), 2*len(sides), all, err)
	}
}

// TestUpstreamMongooseIM: MongooseIM is not on this machine; a weir that reads its side of the example plays it.
func TestUpstreamMongooseIM(t *testing.T) {
	back := xmpptest.StartWeir(t, examplePort.ReplaceAllString(readFile(t, "../../configs/front-mongooseim.server.toml"), "${1}0"))
	config := examplePort.ReplaceAllString(readFile(t, "../../configs/front-mongooseim.toml"), "${1}0")
	config = exampleAddress.ReplaceAllString(config, "${1}\""+back.Addr()+"\"")
	const inside, outside = "what components prove themselves with", "what weir proves itself with"
	one := xmpptest.StartWeir(t, config)
	near := xmpptest.Dial(t, one.Addr(), "bot.example.com", inside)
	one.WaitLog("upstream link is up")
	far := xmpptest.Dial(t, back.Addr(), "users.example.com", outside)
	chat(near, far, "hello")
	chat(far, near, "and back")
	// Another weir takes the name over, and the first one is told what it can do.
	two := xmpptest.StartWeir(t, config)
	again := xmpptest.Dial(t, two.Addr(), "bot.example.com", inside)
	two.WaitLog("upstream link is up")
	one.WaitLog(`"condition":"conflict".*kick_old`)
	chat(far, again, "to the newer one")
}
