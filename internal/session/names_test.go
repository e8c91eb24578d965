// SPDX-License-Identifier: Apache-2.0

package session

import (
	"strings"
	"testing"

	"weir/engine"
	"weir/internal/wire"
	"weir/table"
)

func hosting(hosts ...string) bedConfig {
	c := usual()
	c.hosts = hosts
	return c
}

const isSubdomain = " is_subdomain='true'"

// A component with is_subdomain has its name under every hosted domain, and
// nowhere else (behaviour, sections 3 and 4.3).
func TestSubdomains(t *testing.T) {
	b := newBed(t, hosting("one.example", "two.example"))
	chat, from := b.connect(0).negotiate("Chat", isSubdomain).joined(), b.join(0, "a.example").joined()
	for _, to := range []string{"chat.one.example", "u@CHAT.two.example/r"} {
		from.says(msg("a.example", to, "1"))
		chat.wants(msg("a.example", to, "1"))
	}
	for _, to := range []string{"chat", "chat.three.example", "x.chat.one.example"} {
		from.says("<message type='error' from='a.example' to='" + to + "'/>")
		chat.wants("")
	}
	rows := []struct {
		from string
		ok   bool
	}{
		{"chat.one.example", true},
		{"u@chat.two.example/r", true},
		{"CHAT.One.Example", true},
		{"ch&#97;t.one.example", true},
		{"chat", false},
		{"u@chat", false},
		{"one.example", false},
		{"x.chat.one.example", false},
		{"xchat.one.example", false},
		{"chat.one.example.", true}, // the root's dot is no label
		{"chat.three.example", false},
		{"a.example", false},
	}
	for _, r := range rows {
		m := msg(r.from, "a.example", "1")
		chat.says(m)
		if r.ok {
			from.wants(m)
			chat.wants("")
		} else {
			from.wants("")
			chat.wants(errorTo("message", "a.example", r.from, "1", wire.BadRequest))
		}
	}
	b.balanceBooks()
}

// Only exactly "true" asks for it.
func TestSubdomainIsExactlyTrue(t *testing.T) {
	for _, value := range []string{"false", "1", "TRUE", " true", ""} {
		b := newBed(t, hosting("one.example"))
		p := b.connect(0).negotiate("chat.plain", " is_subdomain='"+value+"'").joined()
		p.says(msg("chat.plain", "chat.plain", "1"))
		p.wants(msg("chat.plain", "chat.plain", "1"))
	}
}

// All names or none: the conflict on one of them leaves the others free.
func TestSubdomainConflict(t *testing.T) {
	b := newBed(t, hosting("one.example", "two.example"))
	holder := b.join(0, "chat.two.example").joined()
	b.connect(0).negotiate("chat", isSubdomain).over(streamError("conflict", ""))
	b.join(0, "chat.one.example").joined()
	holder.wants("")

	kick := b.anotherListener(func(s *Settings) { s.Conflict = table.KickOld })
	chat := b.connectAt(0, kick).negotiate("chat", isSubdomain).joined()
	holder.over(kicked)
	chat.says(msg("chat.one.example", "chat.two.example", "1"))
	chat.wants(msg("chat.one.example", "chat.two.example", "1"))
}

// A name under a host that is hidden is hidden there too, and a host's items are
// told to those who may see them.
func TestHidden(t *testing.T) {
	b := newBed(t, hosting("host.example"))
	b.hub.Rules().Host.UsersSeeHidden = false
	hidden := b.anotherListener(func(s *Settings) { s.Hidden = true })
	b.connectAt(0, hidden).negotiate("chat", isSubdomain).joined()
	p := b.join(0, "a.example").joined()
	for asker, want := range map[string][]string{
		"a.example":      {"a.example", "chat.host.example"},
		"user@a.example": {"a.example"},
	} {
		p.says("<iq type='get' id='1' from='" + asker + "' to='host.example'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>")
		got := p.hears()
		if n := strings.Count(got, "<item "); n != len(want) {
			t.Errorf("%s sees %d items: %s", asker, n, got)
		}
		for _, name := range want {
			if !strings.Contains(got, "<item jid='"+name+"'/>") {
				t.Errorf("%s does not see %s: %s", asker, name, got)
			}
		}
	}
	if c, _ := b.counts(); c.Served != 2 {
		t.Errorf("%d served", c.Served)
	}
	b.balanceBooks()
}

// Hosts that a reload adds are added to those who asked for all hosts; one whose
// name is taken there keeps what it has.
func TestAddHosts(t *testing.T) {
	c := hosting("one.example")
	c.loops = 2
	b := newBed(t, c)
	chat := b.connect(1).negotiate("chat", isSubdomain).joined()
	plain := b.join(0, "plain").joined()
	taken := b.join(0, "chat.three.example").joined()
	b.connect(0) // has not begun
	add := func(hosts ...string) {
		b.setRules(append([]string{"one.example"}, hosts...), nil)
		b.hub.AddHosts(hosts)
		b.turn(0)
	}
	add("two.example")
	chat.says(msg("chat.two.example", "plain", "1"))
	plain.wants(msg("chat.two.example", "plain", "1"))
	plain.says(msg("plain", "chat.two.example", "2"))
	chat.wants(msg("plain", "chat.two.example", "2"))
	add("three.example", "four.example")
	plain.says(msg("plain", "chat.three.example", "3"))
	taken.wants(msg("plain", "chat.three.example", "3"))
	plain.says(msg("plain", "chat.one.example", "4"))
	chat.wants(msg("plain", "chat.one.example", "4"))
	if b.hub.Table.Lookup([]byte("plain.two.example")) != nil {
		t.Error("a component that did not ask for all hosts has a name there")
	}
	late := b.connect(0).negotiate("late", isSubdomain).joined()
	plain.says(msg("plain", "late.four.example", "5"))
	late.wants(msg("plain", "late.four.example", "5"))
}

// A hosted domain is nobody's, unless components are asked first.
func TestReservedNames(t *testing.T) {
	first := []string{"mongoose_router_external_localnode", "mongoose_router_external", "mongoose_router_localdomain"}
	ping := "<iq type='get' id='1' from='a.example' to='host.example'><ping xmlns='urn:xmpp:ping'/></iq>"
	for _, policy := range []table.Policy{table.Disconnect, table.KickOld, table.Balance} {
		c := hosting("host.example")
		c.settings.Conflict = policy
		b := newBed(t, c)
		b.join(0, "host.example").over(streamError("conflict", ""))
		p := b.join(0, "a.example").joined()
		p.says(ping)
		p.wants("<iq from='host.example' to='a.example' id='1' type='result'/>")

		c.modules = first
		b = newBed(t, c)
		host, p := b.join(0, "host.example").joined(), b.join(0, "a.example").joined()
		p.says(ping)
		host.wants(ping)
		host.says("</stream:stream>")
		p.says(ping)
		p.wants("<iq from='host.example' to='a.example' id='1' type='result'/>")
		b.balanceBooks()
	}
}

// Without its module no stanza reaches a component.
func TestRoutingModulesDecide(t *testing.T) {
	rows := []struct {
		name    string
		modules []string
		want    wire.StanzaError
		served  bool
	}{
		{"none that knows components", []string{"mongoose_router_global", "mongoose_router_localdomain"}, wire.RemoteServerNotFound, true},
		{"none at all", []string{"mongoose_router_global"}, wire.RemoteServerNotFound, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c := hosting("host.example")
			c.modules = r.modules
			b := newBed(t, c)
			to, p := b.join(0, "b.example").joined(), b.join(0, "a.example").joined()
			p.says(msg("a.example", "b.example", "1"))
			p.wants(errorTo("message", "b.example", "a.example", "1", r.want))
			to.wants("")
			p.says("<iq type='get' id='1' from='a.example' to='host.example'><ping xmlns='urn:xmpp:ping'/></iq>")
			if got := p.hears(); strings.Contains(got, "result") != r.served {
				t.Errorf("ping: %s", got)
			}
			b.balanceBooks()
		})
	}
}

// The name is free before the last words are written.
func TestNameIsFreeBeforeTheError(t *testing.T) {
	for _, bad := range []string{"<", "</stream:stream>", "<!-- -->", "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"} {
		b := newBed(t, usual())
		p := b.join(0, "a.example").joined()
		feed := bad
		if bad == "<" {
			feed = "<<"
		}
		p.h.loop.Data(p.slot, []byte(feed), 0)
		if b.hub.Table.Lookup([]byte("a.example")) != nil {
			t.Errorf("after %q the name is still taken", bad)
		}
		if got := p.s.conn.Queued(); got == 0 {
			t.Errorf("after %q: written already, nothing is shown", bad)
		}
		b.turn(0)
		if got := p.hears(); !strings.HasSuffix(got, "</stream:stream>") || !p.eof {
			t.Errorf("after %q: %q", bad, got)
		}
	}
}

// A component's own stream error is logged with its condition.
func TestPeerErrorIsLogged(t *testing.T) {
	b := newBed(t, usual())
	p := b.join(0, "a.example").joined()
	p.says("<stream:error><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>oh my</text></stream:error>")
	p.over("</stream:stream>")
	if log := b.log.String(); !strings.Contains(log, "condition=internal-server-error") || strings.Contains(log, "oh my") {
		t.Error(log)
	}
}

// Who has left must not be kept by those it has met: neither by the address they
// sent to last, nor by its own.
func TestTheGoneRememberNobody(t *testing.T) {
	b := newBed(t, usual())
	p, q := b.join(0, "a.example").joined(), b.join(0, "b.example").joined()
	p.says(msg("a.example", "b.example", "1"))
	q.says(msg("b.example", "a.example", "2"))
	q.vanish()
	q.s.conn.Abort(engine.CauseAborted)
	b.turn(0)
	if q.s.to.dest != nil || q.s.to.set != nil || q.s.to.name != nil {
		t.Error("a session that is closed still remembers whom it sent to")
	}
}
