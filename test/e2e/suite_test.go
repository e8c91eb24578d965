// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"weir/internal/xmpptest"
)

// The tests of this file are the counterparts of MongooseIM's big_tests/tests/component_SUITE.erl: same cases, same names, our
// words. Where that suite has users of the server, there are components here, because weir has no users. Its cases on TLS
// (register_one_component_tls) and on clusters (register_in_cluster, register_same_on_both, clear_on_node_down) need what this
// version of weir refuses to be configured for.

// suiteConfig has the listeners of that suite's fixture: plain, kick_old, hidden, check_from off.
const suiteConfig = `
[general]
hosts = ["localhost", "sogndal"]

[modules.mod_disco]
users_can_see_hidden_services = false

[shaper.fast]
max_rate = 50000
` + listener + `access = "all"
shaper = "fast"
` + listener + `access = "all"
shaper = "fast"
conflict_behaviour = "kick_old"
` + listener + `hidden_components = true
` + listener + `check_from = false
`

// The indexes of those listeners.
const (
	plainListener = iota
	kickOldListener
	hiddenListener
	uncheckedListener
)

const firstName, secondName = "test_component1.localhost", "test_component2.localhost"

func startSuite(t *testing.T) *xmpptest.Weir {
	t.Helper()
	return xmpptest.StartWeir(t, suiteConfig)
}

// register connects a component at one of the fixture's listeners.
func register(t *testing.T, w *xmpptest.Weir, i int, name string, attrs ...string) *xmpptest.Peer {
	t.Helper()
	p := xmpptest.Connect(t, w.AddrOf(i))
	p.Open(name, attrs...)
	p.Login(secret)
	return p
}

// chat sends a chat message from one to the other, who must receive it as it was sent.
func chat(from, to *xmpptest.Peer, body string) {
	chatAs(from, from.Name, to, to.Name, body)
}

func chatAs(from *xmpptest.Peer, fromAddr string, to *xmpptest.Peer, toAddr, body string) {
	m := "<message type='chat' from='" + fromAddr + "' to='" + toAddr + "'><body>" + body + "</body></message>"
	from.Send(m)
	to.Expect(m)
}

func TestSuiteRegisterOneComponent(t *testing.T) {
	w := startSuite(t)
	alice, component := register(t, w, plainListener, "alice.example"), register(t, w, plainListener, firstName)
	chat(alice, component, "Hi!")
	chat(component, alice, "Oh hi!")
}

func TestSuiteDirtyDisconnect(t *testing.T) {
	w := startSuite(t)
	register(t, w, plainListener, firstName).Close()
	xmpptest.DialWhenFree(t, w.Addr(), firstName, secret).End()
}

func TestSuiteRegisterTwoComponents(t *testing.T) {
	w := startSuite(t)
	one, two := register(t, w, plainListener, firstName), register(t, w, plainListener, secondName)
	alice, bob := register(t, w, plainListener, "alice.example"), register(t, w, plainListener, "bob.example")
	chat(one, alice, "abc")
	chat(two, bob, "def")
	chat(bob, two, "ghi")
	chat(alice, one, "jkl")
}

func TestSuiteIntercomponentCommunication(t *testing.T) {
	w := startSuite(t)
	for name, i := range map[string]int{"check_from": plainListener, "check_from off": uncheckedListener} {
		t.Run(name, func(t *testing.T) {
			one, two := register(t, w, i, firstName), register(t, w, i, secondName)
			chat(one, two, "Hi!")
			one.End()
			two.End()
		})
	}
}

func TestSuiteTryRegisteringWithWrongPassword(t *testing.T) {
	p := xmpptest.Connect(t, startSuite(t).Addr())
	p.Open(firstName)
	p.SendHandshake("wrong password")
	p.ExpectStreamError("not-authorized")
}

func TestSuiteTryRegisteringComponentTwice(t *testing.T) {
	w := startSuite(t)
	first := register(t, w, plainListener, firstName)
	refuseConflict(t, w.Addr(), firstName)
	first.Sync()
}

func TestSuiteTryRegisteringExistingHost(t *testing.T) {
	w := startSuite(t)
	refuseConflict(t, w.Addr(), "localhost")
}

func TestSuiteDiscoComponents(t *testing.T) {
	w := startSuite(t)
	alice := register(t, w, plainListener, "alice.example")
	register(t, w, plainListener, firstName)
	register(t, w, plainListener, secondName)
	expectItems(t, askItems(alice, "alice@alice.example/r", "localhost"), "alice.example", firstName, secondName)
}

// askItems asks a host for its items and returns the answer.
func askItems(p *xmpptest.Peer, from, host string) *xmpptest.Stanza {
	p.Send("<iq type='get' id='items' from='" + from + "' to='" + host + "'><query xmlns='" + discoItems + "'/></iq>")
	return p.ReadStanza()
}

func TestSuiteKickOldComponentOnConflict(t *testing.T) {
	w := startSuite(t)
	alice := register(t, w, kickOldListener, "alice.example")
	first := register(t, w, kickOldListener, firstName)
	second := register(t, w, kickOldListener, firstName)
	first.ExpectStreamErrorText("conflict", "Replaced by new connection")
	chat(alice, second, "Hi!")
	chat(second, alice, "Oh hi!")
}

// TestSuiteBadStanzas: component_sends_unexpected_stanza_name, component_sends_stanza_with_invalid_to_jid and
// component_sends_stanza_with_invalid_from_jid. The connection is still good afterwards.
func TestSuiteBadStanzas(t *testing.T) {
	w := startSuite(t)
	alice, component := register(t, w, plainListener, "alice.example"), register(t, w, plainListener, firstName)
	for _, stanza := range []string{
		"<foo from='" + firstName + "' to='alice.example'/>",
		"<message from='" + firstName + "' to='@@@'/>",
		"<message from='@@@' to='alice.example'/>",
	} {
		component.Send(stanza)
		expectBadRequest(t, component.ReadStanza())
		chat(component, alice, "Hi!")
	}
}

func TestSuiteIqAndPresenceAreRoutedFromComponent(t *testing.T) {
	w := startSuite(t)
	alice, component := register(t, w, plainListener, "alice.example"), register(t, w, plainListener, firstName)
	presence := "<presence from='" + firstName + "' to='alice@alice.example/r'/>"
	component.Send(presence)
	alice.Expect(presence)
	if s := askItems(component, firstName, "localhost"); s.Attribute("type") != "result" {
		t.Errorf("received %s, want a result", s.Raw)
	}
}

func TestSuiteDeliverStanzaWithCustomFromDomain(t *testing.T) {
	w := startSuite(t)
	alice := register(t, w, plainListener, "alice.example")
	component := register(t, w, uncheckedListener, "test", " is_subdomain='true'")
	chatAs(component, "other.localhost", alice, "alice@alice.example", "Hi!")
}

func TestSuiteRegisterSubdomain(t *testing.T) {
	w := startSuite(t)
	alice := register(t, w, plainListener, "alice.example")
	register(t, w, plainListener, "test", " is_subdomain='true'")
	for _, host := range []string{"localhost", "sogndal"} {
		s := askItems(alice, "alice@alice.example", host)
		if !hasItem(s, "test."+host) {
			t.Errorf("received %s, want the item test.%s", s.Raw, host)
		}
		if hasItem(s, "test") {
			t.Errorf("received %s: the bare name is no domain", s.Raw)
		}
	}
}

func hasItem(s *xmpptest.Stanza, address string) bool {
	query := s.Child(discoItems, "query")
	if query == nil {
		return false
	}
	for _, c := range query.Children {
		if c.Attribute("jid") == address {
			return true
		}
	}
	return false
}

func TestSuiteDeliverStanzaFromSubdomainComponent(t *testing.T) {
	w := startSuite(t)
	alice := register(t, w, plainListener, "alice.example")
	component := register(t, w, plainListener, "test", " is_subdomain='true'")
	chatAs(component, "test.localhost", alice, "alice@alice.example", "Hi!")
}

func TestSuiteFromJIDIsValidatedForSubdomainComponent(t *testing.T) {
	w := startSuite(t)
	component := register(t, w, plainListener, "test", " is_subdomain='true'")
	for _, from := range []string{"user@other.localhost", "@@@"} {
		component.Send("<message from='" + from + "' to='alice@localhost'/>")
		expectBadRequest(t, component.ReadStanza())
	}
}

func TestSuiteDiscoWithHiddenComponent(t *testing.T) {
	w := startSuite(t)
	alice := register(t, w, plainListener, "alice.example")
	register(t, w, plainListener, firstName)
	register(t, w, hiddenListener, secondName)
	expectItems(t, askItems(alice, "alice@alice.example", "localhost"), "alice.example", firstName)
	t.Run("a component sees it", func(t *testing.T) {
		expectItems(t, askItems(alice, "alice.example", "localhost"), "alice.example", firstName, secondName)
	})
}
