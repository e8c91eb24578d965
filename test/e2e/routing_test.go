// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"sort"
	"strings"
	"testing"

	"weir/internal/xmpptest"
)

func notFound(name, from, to, id string) string {
	return xmpptest.StanzaError(name, from, to, id, "cancel", "remote-server-not-found")
}

func unavailable(name, from, to, id string) string {
	return xmpptest.StanzaError(name, from, to, id, "cancel", "service-unavailable")
}

// TestNoRoute: what nobody takes is answered, below a hosted domain with another condition; errors and results are not.
func TestNoRoute(t *testing.T) {
	w := xmpptest.StartWeir(t, hosted)
	p := dial(t, w, "c.example")
	for _, tt := range []struct{ name, stanza, answer string }{
		{"a message", "<message from='u@c.example/r' to='v@nobody.example/s' id='1'><body>x</body></message>",
			notFound("message", "v@nobody.example/s", "u@c.example/r", "1")},
		{"a presence", "<presence from='c.example' to='nobody.example'/>", notFound("presence", "nobody.example", "c.example", "")},
		{"an iq of type get", "<iq type='get' from='c.example' to='nobody.example' id='1'><q xmlns='urn:q'/></iq>",
			notFound("iq", "nobody.example", "c.example", "1")},
		{"an iq of type set", "<iq type='set' from='c.example' to='nobody.example' id='1'><q xmlns='urn:q'/></iq>",
			notFound("iq", "nobody.example", "c.example", "1")},
		{"below a hosted domain", "<message from='c.example' to='x.example.com' id='1'/>", unavailable("message", "x.example.com", "c.example", "1")},
		{"deep below a hosted domain", "<message from='c.example' to='y.x.EXAMPLE.org' id='1'/>",
			unavailable("message", "y.x.EXAMPLE.org", "c.example", "1")},
		{"a domain that ends like a hosted one", "<message from='c.example' to='badexample.com' id='1'/>",
			notFound("message", "badexample.com", "c.example", "1")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := p.In(t)
			p.Send(tt.stanza)
			p.Expect(tt.answer)
			p.Send(strings.Repeat(tt.stanza, 5))
			p.Expect(strings.Repeat(tt.answer, 5))
		})
	}
	t.Run("errors and results", func(t *testing.T) {
		p := p.In(t)
		for _, stanza := range []string{
			"<message type='error' from='c.example' to='nobody.example'/>",
			"<presence type='error' from='c.example' to='x.example.com'/>",
			"<iq type='error' id='1' from='c.example' to='nobody.example'/>",
			"<iq type='result' id='1' from='c.example' to='nobody.example'/>",
		} {
			p.Send(stanza)
		}
		p.Sync()
	})
}

// TestLeftComponent: a component that has just left is as one that never was.
func TestLeftComponent(t *testing.T) {
	w := xmpptest.StartWeir(t, listener)
	p := dial(t, w, "c.example")
	other := dial(t, w, "other.example")
	m := "<message from='c.example' to='other.example' id='1'/>"
	p.Send(m)
	other.Expect(m)
	other.End()
	p.Send(m)
	p.Expect(notFound("message", "other.example", "c.example", "1"))
}

// TestModuleOrder: a module that is not listed does not act.
func TestModuleOrder(t *testing.T) {
	t.Run("without the external routers", func(t *testing.T) {
		w := xmpptest.StartWeir(t, `
[general]
routing_modules = ["mongoose_router_global", "mongoose_router_localdomain"]
`+listener)
		receiver, p := dial(t, w, "other.example"), dial(t, w, "c.example")
		p.Send("<message from='c.example' to='other.example' id='1'/>")
		p.Expect(notFound("message", "other.example", "c.example", "1"))
		receiver.Send("<message from='other.example' to='other.example' id='1'/>")
		receiver.Expect(notFound("message", "other.example", "other.example", "1"))
	})
	t.Run("an unknown module", func(t *testing.T) {
		status, output := xmpptest.StartWeirToFail(t, `
[general]
routing_modules = ["mongoose_router_everywhere"]
`+listener)
		if status != 1 || !strings.Contains(output, "mongoose_router_everywhere") {
			t.Errorf("exit status %d, output %q; want 1 and the module's name", status, output)
		}
	})
}

// TestHostService: a hosted domain answers for itself.
func TestHostService(t *testing.T) {
	w := xmpptest.StartWeir(t, hosted)
	p, other := dial(t, w, "c.example"), dial(t, w, "other.example")
	ask := func(t *testing.T, payload string) *xmpptest.Stanza {
		t.Helper()
		p := p.In(t)
		p.Send("<iq type='get' id='q:1' from='u@c.example/r' to='example.com'>" + payload + "</iq>")
		s := p.ReadStanza()
		if s.Name.Local != "iq" || s.Attribute("from") != "example.com" || s.Attribute("to") != "u@c.example/r" || s.Attribute("id") != "q:1" {
			t.Fatalf("received %s, want an answer to u@c.example/r with the id q:1", s.Raw)
		}
		return s
	}
	t.Run("disco#info", func(t *testing.T) {
		s := ask(t, "<query xmlns='"+discoInfo+"'/>")
		query := s.Child(discoInfo, "query")
		if s.Attribute("type") != "result" || query == nil || query.Child(discoInfo, "identity") == nil {
			t.Fatalf("received %s, want an identity", s.Raw)
		}
		for _, want := range []string{discoInfo, "http://jabber.org/protocol/disco#items", "urn:xmpp:ping", "jabber:iq:version"} {
			if !hasFeature(query, want) {
				t.Errorf("received %s, want the feature %s", s.Raw, want)
			}
		}
	})
	t.Run("disco#items", func(t *testing.T) {
		expectItems(t, ask(t, "<query xmlns='"+discoItems+"'/>"), "c.example", "other.example")
	})
	t.Run("ping", func(t *testing.T) {
		if s := ask(t, "<ping xmlns='urn:xmpp:ping'/>"); s.Attribute("type") != "result" || len(s.Children) != 0 {
			t.Errorf("received %s, want an empty result", s.Raw)
		}
	})
	t.Run("version", func(t *testing.T) {
		s := ask(t, "<query xmlns='jabber:iq:version'/>")
		query := s.Child("jabber:iq:version", "query")
		if s.Attribute("type") != "result" || query == nil || query.Child("jabber:iq:version", "name") == nil ||
			query.Child("jabber:iq:version", "version") == nil {
			t.Errorf("received %s, want a name and a version", s.Raw)
		}
	})
	t.Run("anything else", func(t *testing.T) {
		s := ask(t, "<query xmlns='jabber:iq:roster'/>")
		if kind, condition := s.ErrorCondition(); kind != "cancel" || condition != "service-unavailable" {
			t.Errorf("received %s, want service-unavailable", s.Raw)
		}
	})
	t.Run("a message", func(t *testing.T) {
		p := p.In(t)
		p.Send("<message from='c.example' to='example.org' id='1'/>")
		p.Expect(unavailable("message", "example.org", "c.example", "1"))
	})
	t.Run("a user of the host", func(t *testing.T) {
		p := p.In(t)
		p.Send("<message from='c.example' to='alice@example.com' id='1'/>")
		p.Expect(unavailable("message", "alice@example.com", "c.example", "1"))
	})
	t.Run("errors and results", func(t *testing.T) {
		p := p.In(t)
		p.Send("<iq type='result' id='1' from='c.example' to='example.com'/><message type='error' from='c.example' to='example.com'/>")
		p.Sync()
	})
	other.Sync()
}

const discoItems = "http://jabber.org/protocol/disco#items"

func hasFeature(query *xmpptest.Stanza, name string) bool {
	for _, c := range query.Children {
		if c.Name.Local == "feature" && c.Attribute("var") == name {
			return true
		}
	}
	return false
}

// expectItems checks that a disco#items answer lists exactly these addresses, in any order.
func expectItems(t *testing.T, s *xmpptest.Stanza, want ...string) {
	t.Helper()
	query := s.Child(discoItems, "query")
	if query == nil {
		t.Fatalf("received %s, want disco items", s.Raw)
	}
	var got []string
	for _, c := range query.Children {
		got = append(got, c.Attribute("jid"))
	}
	sort.Strings(got)
	sort.Strings(want)
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("disco items %q, want %q", got, want)
	}
}
