// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

const kickOld = listener + "conflict_behaviour = \"kick_old\"\n"

// refuseConflict asks for a name with the right secret and must be told that it is taken.
func refuseConflict(t *testing.T, addr, name string, attrs ...string) {
	t.Helper()
	p := xmpptest.Connect(t, addr)
	p.Open(name, attrs...)
	p.SendHandshake(secret)
	p.ExpectStreamError("conflict")
}

// TestConflictDisconnect: by default the newcomer is refused and the old component notices nothing.
func TestConflictDisconnect(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	old := dial(t, w, "c.example")
	sender := dial(t, w, "sender.example")
	for range 3 {
		refuseConflict(t, w.Addr(), "c.example")
		old.Sync()
	}
	t.Run("in capitals", func(t *testing.T) {
		p := xmpptest.Connect(t, w.Addr())
		p.Send(xmpptest.Header("C.Example"))
		p.ExpectHeader("c.example")
		p.SendHandshake(secret)
		p.ExpectStreamError("conflict")
	})
	m := "<message from='sender.example' to='c.example' id='1'/>"
	sender.Send(m)
	old.Expect(m)
}

// TestConflictOfReservedNames: the domains of general.hosts are nobody's, unless the external routers come first.
func TestConflictOfReservedNames(t *testing.T) {
	t.Run("a hosted domain", func(t *testing.T) {
		w := xmpptest.StartWeir(t, hosted)
		refuseConflict(t, w.Addr(), "example.com")
		dial(t, w, "sub.example.com").Sync()
	})
	t.Run("a hosted domain with kick_old", func(t *testing.T) {
		w := xmpptest.StartWeir(t, strings.Replace(hosted, listener, kickOld, 1))
		refuseConflict(t, w.Addr(), "example.org")
	})
	t.Run("a hosted domain behind the external routers", func(t *testing.T) {
		w := xmpptest.StartWeir(t, `
[general]
hosts = ["example.com"]
routing_modules = ["mongoose_router_global", "mongoose_router_external_localnode", "mongoose_router_external",
	"mongoose_router_localdomain", "ejabberd_s2s"]
`+listener)
		supplanter := dial(t, w, "example.com")
		asker := dial(t, w, "asker.example")
		ask := "<iq type='get' id='1' from='asker.example' to='example.com'><ping xmlns='urn:xmpp:ping'/></iq>"
		asker.Send(ask)
		supplanter.Expect(ask)
	})
}

// TestKickOld: the newcomer takes the name, the old component is told why it must leave.
func TestKickOld(t *testing.T) {
	w := xmpptest.StartWeir(t, kickOld)
	sender := dial(t, w, "sender.example")
	old := dial(t, w, "c.example")
	for i := range 5 {
		newcomer := dial(t, w, "c.example")
		old.ExpectStreamErrorText("conflict", "Replaced by new connection")
		m := fmt.Sprintf("<message from='sender.example' to='c.example' id='%d'/>", i)
		sender.Send(m)
		newcomer.Expect(m)
		newcomer.Sync()
		old = newcomer
	}
}

// TestKickOldLosesNothing: while a sender goes on and on, the name changes hands; each stanza reaches exactly one of its holders,
// whole and in order, and the sender sees no error.
func TestKickOldLosesNothing(t *testing.T) {
	const stanzas, holders = 3000, 8
	w := xmpptest.StartWeir(t, kickOld)
	sender := dial(t, w, "sender.example")
	holder := dial(t, w, "c.example")
	wait := holder.Collect()

	var sent strings.Builder
	var received string
	for i := range stanzas {
		m := fmt.Sprintf("<message from='sender.example' to='c.example' id='%d'><body>%s</body></message>", i, strings.Repeat("x", i%700))
		sent.WriteString(m)
		sender.Send(m)
		if i%(stanzas/holders) == stanzas/holders-1 {
			newcomer := dial(t, w, "c.example")
			end, _ := wait()
			part, _, found := strings.Cut(end, "<stream:error><conflict ")
			if !found {
				t.Fatalf("a replaced holder was not told of the conflict; its last bytes: %q", tail(end))
			}
			received += part
			holder, wait = newcomer, newcomer.Collect()
		}
	}
	sender.End() // it has received nothing before weir's trailer: no stanza was answered with an error
	holder.HalfClose()
	rest, _ := wait()
	if received += strings.TrimSuffix(rest, xmpptest.Trailer); received != sent.String() {
		t.Errorf("the holders received %d bytes together, %d were sent; they differ from byte %d on", len(received), sent.Len(),
			commonPrefix(received, sent.String()))
	}
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func tail(s string) string { return s[max(0, len(s)-200):] }

// TestSubdomains: one component serves its name below every hosted domain, and the bare name is not a domain.
func TestSubdomains(t *testing.T) {
	const subdomain = " is_subdomain='true'"
	open := func(t *testing.T, w *xmpptest.Weir, name string) *xmpptest.Peer {
		t.Helper()
		p := xmpptest.Connect(t, w.Addr())
		p.Open(name, subdomain)
		p.Login(secret)
		return p
	}
	t.Run("it is reached below each host", func(t *testing.T) {
		w := xmpptest.StartWeir(t, hosted)
		chat, sender := open(t, w, "chat"), dial(t, w, "sender.example")
		for _, host := range []string{"example.com", "example.org"} {
			m := "<message from='sender.example' to='room@chat." + host + "'/>"
			sender.Send(m)
			chat.Expect(m)
			m = "<message from='room@chat." + host + "' to='sender.example'/>"
			chat.Send(m)
			sender.Expect(m)
		}
	})
	t.Run("the bare name is not routed", func(t *testing.T) {
		w := xmpptest.StartWeir(t, hosted)
		open(t, w, "chat")
		sender := dial(t, w, "sender.example")
		sender.Send("<message from='sender.example' to='chat' id='1'/>")
		sender.Expect(xmpptest.StanzaError("message", "chat", "sender.example", "1", "cancel", "remote-server-not-found"))
	})
	t.Run("the bare name is free for another", func(t *testing.T) {
		w := xmpptest.StartWeir(t, hosted)
		open(t, w, "chat")
		dial(t, w, "chat").Sync()
	})
	t.Run("all or nothing", func(t *testing.T) {
		w := xmpptest.StartWeir(t, hosted)
		taken := dial(t, w, "chat.example.org")
		refuseConflict(t, w.Addr(), "chat", subdomain)
		taken.Sync()
		dial(t, w, "chat.example.com").Sync()
	})
	t.Run("all are free again", func(t *testing.T) {
		w := xmpptest.StartWeir(t, hosted)
		open(t, w, "chat").End()
		dial(t, w, "chat.example.com").Sync()
		dial(t, w, "chat.example.org").Sync()
	})
	t.Run("any other value means nothing", func(t *testing.T) {
		w := xmpptest.StartWeir(t, hosted)
		for i, value := range []string{"false", "1", "TRUE", ""} {
			p := xmpptest.Connect(t, w.Addr())
			p.Open(fmt.Sprintf("plain%d.example", i), " is_subdomain='"+value+"'")
			p.Login(secret)
			p.Sync()
		}
	})
}
