// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"testing"

	"weir/internal/xmpptest"
)

// Names of the tests with weir in front of a real server: its users talk to a component that is connected to weir.
const (
	frontDomain  = "front.example"
	botName      = "bot.front.example"
	upstreamPass = "sluice-gate-41Xw"
)

// front is a server with two users, and the component names.
func front(t *testing.T, kind string, names ...string) *xmpptest.Server {
	t.Helper()
	return xmpptest.StartServer(t, kind, xmpptest.ServerConfig{
		Domain: frontDomain, Users: []string{"alice", "bob"}, Secret: upstreamPass, Names: names,
	})
}

// upstream is the table of a server behind weir; more are further keys.
func upstream(name, address, domain, more string) string {
	return fmt.Sprintf("\n[[upstream]]\nname = %q\naddress = %q\nsecret = %q\ndomains = [%q]\n%s\n", name, address, upstreamPass, domain, more)
}

// user starts a user's client at a server.
func user(t *testing.T, s *xmpptest.Server, name string) *xmpptest.Program {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Users)
	if err != nil {
		t.Fatal(err)
	}
	python := slixmppCommand(t)[0]
	p := xmpptest.StartProgram(t, name, exec.Command(python, filepath.Join("clients", "slixmpp", "user.py"),
		host, port, name+"@"+s.Domain+"/here", xmpptest.UserPassword))
	p.Do("connect")
	p.Expect("online")
	return p
}

// eachServer runs a test in front of every kind of server.
func eachServer(t *testing.T, f func(t *testing.T, kind string)) {
	for _, kind := range xmpptest.ServerKinds {
		t.Run(kind, func(t *testing.T) { f(t, kind) })
	}
}

const (
	botAddr   = "bot@" + botName
	aliceAddr = "alice@" + frontDomain + "/here"
)

// TestUpstreamChat: all that a user and a bot say to each other, through weir.
func TestUpstreamChat(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, kind string) {
		server := front(t, kind, botName)
		w := xmpptest.StartWeir(t, listener+upstream("behind", server.Components, "*", ""))
		bot := libraries[0].start(t, w.Addr(), botName)
		bot.Do("connect")
		bot.Expect("online")
		w.WaitLog("upstream link is up")
		alice := user(t, server, "alice")

		alice.Do("message", botAddr, body)
		bot.Expect("message", aliceAddr, body)
		bot.Do("message", aliceAddr, body)
		alice.Expect("message", botAddr, body)

		alice.Do("presence", botAddr)
		bot.Expect("presence", aliceAddr)
		bot.Do("presence", aliceAddr)
		alice.Expect("presence", botAddr)

		alice.Do("iq", botName, "who-1")
		alice.Expect("result", botName, "who-1", "slixmpp")
		bot.Do("iq", frontDomain, "who:2")
		bot.ExpectText("result\t" + frontDomain + "\twho:2\t")

		alice.Do("big", botAddr, "200000")
		bot.ExpectText("message\t" + aliceAddr + "\txxx")
		bot.Do("message", aliceAddr, "after")
		alice.Expect("message", botAddr, "after")
	})
}
