// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// TestUpstreamWhileAway: what a listener says is told in the place of its components that are away, to a user of a real server;
// and who comes back in time gets it instead.
func TestUpstreamWhileAway(t *testing.T) {
	t.Parallel()
	const waits = 2 * time.Second
	rows := []struct{ name, policy, condition string }{
		{"plain.front.example", "", "service-unavailable"},
		{"timeout.front.example", "while_away = \"remote-server-timeout\"\n", "remote-server-timeout"},
		{"parked.front.example", "while_away = \"park\"\n", "service-unavailable"},
	}
	eachServer(t, func(t *testing.T, kind string) {
		var names []string
		var config strings.Builder
		for _, r := range rows {
			names = append(names, r.name)
			config.WriteString(listener + r.policy)
		}
		server := front(t, kind, names...)
		w := xmpptest.StartWeir(t, config.String()+upstream("behind", server.Components, "*", "linger = \"15s\"\npark_time = \"2s\""))
		var bots []*xmpptest.Peer
		for i, r := range rows {
			bots = append(bots, xmpptest.Dial(t, w.AddrOf(i), r.name, secret))
			w.WaitLog("upstream link is up[^\n]*" + r.name)
		}
		alice := user(t, server, "alice")
		for _, b := range bots {
			b.Reset()
		}
		w.WaitLog("(?s)" + strings.Repeat("component left.*", len(bots)))

		alice.Do("iq", rows[2].name, "a-"+rows[2].name)
		for _, r := range rows[:2] {
			began := time.Now()
			alice.Do("iq", r.name, "a-"+r.name)
			alice.Expect("error", r.name, "a-"+r.name, r.condition)
			if after := time.Since(began); after < waits-time.Second/2 {
				t.Errorf("%s: answered after %v, want %v", r.name, after, waits)
			}
		}
		// The third one waits on, and is there for whoever comes.
		bot := xmpptest.DialWhenFree(t, w.AddrOf(2), rows[2].name, secret)
		bot.ExpectMatch(`<iq [^>]*a-parked.*</iq>`)
		bot.Reset()
		began := time.Now()
		alice.Do("iq", rows[2].name, "b")
		alice.Expect("error", rows[2].name, "b", rows[2].condition)
		if after := time.Since(began); after < waits+time.Second {
			t.Errorf("%s: answered after %v, before anybody has given it up", rows[2].name, after)
		}
	})
}

// TestUpstreamPrivilege: a server says once what a component may do there; one that comes later is told too.
func TestUpstreamPrivilege(t *testing.T) {
	t.Parallel()
	server := xmpptest.StartServer(t, "ejabberd", xmpptest.ServerConfig{
		Domain: frontDomain, Users: []string{"alice"}, Secret: upstreamPass, Names: []string{botName},
		Modules: "  mod_privilege:\n    message:\n      outgoing: all\n",
	})
	w := xmpptest.StartWeir(t, listener+"check_from = false\n"+upstream("behind", server.Components, "*", "privileged = [\""+botName+"\"]"))
	const advert = `(?s)<message [^>]*from=['"]front.example['"][^>]*>.*urn:xmpp:privilege:\d.*</message>`
	first := dial(t, w, botName)
	first.ExpectMatch(advert)
	first.Reset()
	second := xmpptest.DialWhenFree(t, w.Addr(), botName, secret)
	second.ExpectMatch(advert)
	second.Sync()
	if n := strings.Count(w.Log(), "upstream link is up"); n != 1 {
		t.Errorf("the server saw %d components", n)
	}
}
