// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"weir/internal/xmpptest"
)

// TestUpstreamReload: servers come, change and go with SIGHUP, while one component talks on one stream.
func TestUpstreamReload(t *testing.T) {
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
