// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"weir/internal/xmpptest"
)

// TestUpstreamReload: servers come, change and go with SIGHUP, while one component talks on one stream.
func TestUpstreamReload(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, kind string) {
		one, two := front(t, kind, botName), front(t, kind, botName)
		w := xmpptest.StartWeir(t, listener)
		bot := dial(t, w, botName)
		reload := func(config, log string) {
			t.Helper()
			seen := len(w.Log())
			w.WriteConfig(listener + config)
			w.Signal(syscall.SIGHUP)
			w.WaitLogSince(seen, "configuration reloaded")
			w.WaitLogSince(seen, log)
		}
		ask := func(id string) {
			bot.Send("<iq type='get' id='" + id + "' from='" + botName + "' to='" + frontDomain + "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
		}
		ask("1")
		bot.ExpectMatch(`<iq [^>]*id='1'.*remote-server-not-found.*</iq>`)

		reload(upstream("behind", one.Components, "*", ""), "upstream link is up")
		alice := user(t, one, "alice")
		alice.Do("message", botAddr, "you are new")
		bot.ExpectMatch(`<message [^>]*>.*you are new.*</message>`)

		seen := len(w.Log())
		w.WriteConfig(listener + upstream("behind", one.Components, "*", "linger = \"1m\"\nping_interval = \"1m\"\npark_bytes = 4096"))
		w.Signal(syscall.SIGHUP)
		w.WaitLogSince(seen, "configuration reloaded")
		alice.Do("message", botAddr, "as before")
		bot.ExpectMatch(`<message [^>]*>.*as before.*</message>`)
		if more := w.Log()[seen:]; strings.Contains(more, "upstream link") {
			t.Errorf("a link whose settings stay was touched:\n%s", more)
		}

		reload(upstream("behind", two.Components, "*", ""), "upstream link is up")
		user(t, two, "alice").Do("message", botAddr, "from the other")
		bot.ExpectMatch(`<message [^>]*>.*from the other.*</message>`)

		reload("", "upstream link is closed")
		ask("2")
		bot.ExpectMatch(`<iq [^>]*id='2'.*remote-server-not-found.*</iq>`)
		bot.Sync()
	})
}

// TestUpstreamAddresses: a server behind a local socket, and one behind a name with an address that nobody answers at.
func TestUpstreamAddresses(t *testing.T) {
	back := behind(t)
	path := filepath.Join(shortDir(t), "s")
	relay(t, "unix", path, back.Addr())
	_, port, _ := net.SplitHostPort(back.Addr())
	addresses := map[string]string{"unix": "unix:" + path, "a name": "localhost:" + port} // ::1 first, where there is IPv6
	if six, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		_ = six.Close()
		addresses["IPv6"] = relay(t, "tcp6", "[::1]:0", back.Addr())
	}
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			w := xmpptest.StartWeir(t, listener+upstream("back", address, "*", ""))
			own := strings.ToLower("near" + strings.ReplaceAll(name, " ", "") + ".example")
			near := dial(t, w, own)
			w.WaitLog("upstream link is up")
			far := xmpptest.DialWhenFree(t, back.Addr(), "far.example", upstreamPass)
			chat(near, far, "there")
			chat(far, near, "and back")
			far.End()
		})
	}
}

// TestUpstreamTrouble: weir says what keeps a link from being up, what a reload would do about it, and where stanzas go.
func TestUpstreamTrouble(t *testing.T) {
	t.Parallel()
	back := behind(t)
	config := func(address string) string { return listener + upstream("back", address, "*", "") }
	a := administer(t, config("127.0.0.1:1"))
	dial(t, a.Weir, "near.example")
	a.WaitLog("upstream cannot be reached")
	if got := a.run("upstreams"); !strings.Contains(got, "connection refused") {
		t.Errorf("weir upstreams:\n%s", got)
	}
	if got := a.run("explain", "near.example", "user@server.example"); !strings.Contains(got, "waits until a server can be reached") {
		t.Errorf("weir explain:\n%s", got)
	}
	dir := t.TempDir()
	files := map[string]string{"old.toml": config("127.0.0.1:1"), "new.toml": config(back.Addr())}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := exec.Command(xmpptest.Binary(t, "weir"), "check", "-config", filepath.Join(dir, "new.toml"), "-diff", filepath.Join(dir, "old.toml"))
	want := `[[upstream]] back: address: "` + back.Addr() + `", was "127.0.0.1:1"`
	if out, err := check.CombinedOutput(); err != nil || !strings.Contains(string(out), want+"\n") {
		t.Errorf("weir check -diff (%v):\n%s\nwant %s", err, out, want)
	}
	a.WriteConfig(a.section() + files["new.toml"])
	a.Signal(syscall.SIGHUP)
	a.WaitLog("upstream link is up")
	if got := a.run("upstreams"); !strings.Contains(got, " up ") || strings.Contains(got, "refused") {
		t.Errorf("weir upstreams, when it is up:\n%s", got)
	}
	if got := a.run("explain", "near.example", "user@server.example"); !strings.Contains(got, "upstream back") || !strings.Contains(got, "sent to the server") {
		t.Errorf("weir explain, when it is up:\n%s", got)
	}
}
