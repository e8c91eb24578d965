// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/engine/driver"
)

// serverOf is a server for one domain.
func serverOf(name, domain string) Settings {
	s := usual(name)
	s.Domains = []string{domain}
	return s
}

// A server that comes while components are there gets to know them, and its users
// get their stanzas; who has its links already keeps them.
func TestServerIsAdded(t *testing.T) {
	one, two := serverOf("one", "one.org"), serverOf("two", "two.org")
	run(t, []Settings{one}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("one", "bot.org")
		bot.says(msg("x@bot.org", "u@two.org", "1"))
		bot.wants(fault("u@two.org", "x@bot.org", "1", "cancel", "remote-server-not-found"))
		b.reload(one, two)
		bot.says(msg("x@bot.org", "u@two.org", "2"))
		bot.wants("")
		b.answer("two", "bot.org").wants(msg("x@bot.org", "u@two.org", "2"))
		bot.says(msg("x@bot.org", "u@one.org", "3"))
		s.wants(msg("x@bot.org", "u@one.org", "3"))
		if b.tries != 2 {
			t.Errorf("%d connections, want 2: the first stays", b.tries)
		}
	})
}

// The first server of all comes while components are there.
func TestFirstServerIsAdded(t *testing.T) {
	run(t, nil, func(b *bed) {
		bot := b.join("bot.org").joined()
		b.reload(usual("s"))
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		s := b.answer("s", "bot.org")
		s.wants(msg("x@bot.org", "u@server.org", "1"))
		bot.dies(driver.End)
		s.says(msg("u@server.org", "x@bot.org", "2"))
		b.join("bot.org").joined(msg("u@server.org", "x@bot.org", "2"))
	})
}

// A server that is taken out is sent what waits for it and left; what can wait for
// nobody is answered.
func TestServerIsRemoved(t *testing.T) {
	one, two := serverOf("one", "one.org"), serverOf("two", "two.org")
	run(t, []Settings{one, two}, func(b *bed) {
		b.down["two"] = true
		bot := b.join("bot.org").joined()
		s := b.answer("one", "bot.org")
		bot.says(msg("x@bot.org", "u@two.org", "1"))
		b.reload(one)
		bot.wants(fault("u@two.org", "x@bot.org", "1", "wait", "remote-server-timeout"))
		bot.says(msg("x@bot.org", "u@two.org", "2"))
		bot.wants(fault("u@two.org", "x@bot.org", "2", "cancel", "remote-server-not-found"))
		bot.says(msg("x@bot.org", "u@one.org", "3"))
		tries := b.tries
		b.pass(10 * time.Second)
		if b.tries != tries {
			t.Error("a server that is taken out is still dialled")
		}
		b.reload()
		s.wants(msg("x@bot.org", "u@one.org", "3") + "</stream:stream>")
		s.says(msg("u@one.org", "x@bot.org", "4")) // on its way when we left
		s.dies(driver.End)
		bot.says(msg("x@bot.org", "u@one.org", "5"))
		if got := bot.hears(); !strings.Contains(got, "remote-server-not-found") {
			t.Errorf("the component hears %s", got)
		}
		if n := len(b.m.all()); n != 0 || b.m.lingering.Load() != 0 {
			t.Errorf("%d names are still kept", n)
		}
	})
}

// Times and limits change in place; another address or secret opens the links anew,
// one after the other, and what comes meanwhile waits.
func TestServerChanges(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		set := usual("s")
		set.MaxStanza, set.ParkTime, set.Linger, set.Privileged = 200, 2*time.Second, 5*time.Second, []string{"bot.org"}
		b.reload(set)
		s.wants("")
		long := "<message from='x@bot.org' to='u@server.org' id='1'><body>" + strings.Repeat("x", 200) + "</body></message>"
		bot.says(long)
		if got := bot.hears(); !strings.Contains(got, "policy-violation") {
			t.Errorf("a stanza beyond the new limit is answered %q", got)
		}
		if b.tries != 1 {
			t.Errorf("%d connections, want the first", b.tries)
		}
		set.Secret = "other"
		b.reload(set)
		s.wants("</stream:stream>")
		bot.says(msg("x@bot.org", "u@server.org", "2"))
		s.wants("")
		s.says("</stream:stream>")
		s.dies(driver.End)
		b.pass(time.Second)
		again := b.call("s")
		again.hears()
		again.takes("bot.org")
		again.wants(msg("x@bot.org", "u@server.org", "2"))
		bot.dies(driver.End)
		again.says(msg("u@server.org", "x@bot.org", "3"))
		b.pass(3 * time.Second)
		if got := again.hears(); !strings.Contains(got, "service-unavailable") {
			t.Errorf("after the new time a stanza for a component that is away is answered %q", got)
		}
		b.pass(3 * time.Second)
		if b.m.find([]byte("bot.org")) != nil {
			t.Error("the new time to linger does not hold")
		}
	})
}

// What has failed by the old settings is forgiven: a secret that has been put right
// is tried at once, and so is an address.
func TestChangeForgives(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.call("s")
		s.says("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1'>" +
			"<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
		s.dies(driver.End)
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		bot.wants(fault("u@server.org", "x@bot.org", "1", "wait", "remote-server-timeout"))
		set := usual("s")
		set.Secret = "right"
		b.reload(set)
		bot.says(msg("x@bot.org", "u@server.org", "2")) // is not refused any more
		s = b.call("s")
		s.hears()
		b.down["s"] = true
		s.dies(driver.End)
		b.pass(5 * time.Minute)
		tries := b.tries
		set.Address = "elsewhere:5347"
		b.mu.Lock()
		b.down["s"] = false
		b.mu.Unlock()
		b.reload(set)
		if b.tries != tries+1 {
			t.Errorf("%d tries at the new address at once, want 1", b.tries-tries)
		}
		b.call("s")
	})
}

// A link that is being opened while its server's address changes ends up at the new
// one.
func TestChangeWhileOpening(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		old := b.call("s")
		old.hears()
		set := usual("s")
		set.Address = "elsewhere:5347"
		b.reload(set)
		old.takes("bot.org")
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		old.wants("</stream:stream>")
		old.dies(driver.End)
		b.pass(time.Second)
		b.answer("s", "bot.org").wants(msg("x@bot.org", "u@server.org", "1"))
	})
}

// Servers are put in another order, another one is put before them, and a
// component's server is one no more.
func TestGroupsChange(t *testing.T) {
	a, z := usual("a"), usual("z")
	run(t, []Settings{a, z}, func(b *bed) {
		bot := b.join("bot.org").joined()
		at := map[string]*end{"a": b.answer("a", "bot.org"), "z": b.answer("z", "bot.org")}
		goesTo := func(server, id string) {
			t.Helper()
			m := msg("x@bot.org", "u@server.org", id)
			bot.says(m)
			at[server].wants(m)
		}
		goesTo("a", "1")
		b.reload(z, a)
		goesTo("z", "2")
		n := usual("n")
		b.reload(n, a, z) // n is not up yet
		goesTo("a", "3")
		at["n"] = b.answer("n", "bot.org")
		b.pass(time.Second)
		goesTo("n", "4")
		a.Components = []string{"elsewhere.org"}
		n.Components = a.Components
		b.reload(n, a, z)
		at["n"].wants("</stream:stream>")
		at["a"].wants("</stream:stream>")
		goesTo("z", "5")
		if b.tries != 3 {
			t.Errorf("%d connections, want 3", b.tries)
		}
	})
}

// Names that a server takes back from a standby do so one after the other.
func TestNamesReturnSlowly(t *testing.T) {
	const names = 40
	run(t, []Settings{usual("one"), usual("two")}, func(b *bed) {
		b.down["one"] = true
		for i := range names {
			b.join(fmt.Sprintf("bot%d.org", i)).joined()
		}
		for range names {
			two := b.call("two")
			two.takes(between(two.hears(), " to='", "'"))
		}
		b.mu.Lock()
		b.down["one"] = false
		b.mu.Unlock()
		for range names {
			for range 700 { // the longest pause between tries is a minute
				if b.turn(0); b.called("one") {
					break
				}
				b.turn(100 * time.Millisecond)
			}
			one := b.call("one")
			one.takes(between(one.hears(), " to='", "'"))
		}
		taken := func() (n int) {
			for _, l := range b.m.Status() {
				if l.Upstream == "one" && l.Taken {
					n++
				}
			}
			return n
		}
		before := 0
		for range 20_000 {
			b.turn(time.Millisecond)
			n := taken()
			if n > before+1 {
				t.Fatalf("%d names return at once", n-before)
			}
			if before = n; n == names {
				return
			}
		}
		t.Errorf("only %d of %d names have returned", before, names)
	})
}
