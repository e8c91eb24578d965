// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/acl"
	"weir/internal/router"
	"weir/internal/session"
	"weir/table"
)

// A server that sends what is not XML, or too much, costs its link, no more.
func TestHostileServer(t *testing.T) {
	for _, row := range []struct{ name, says string }{
		{"not well-formed", "<message></iq>"},
		{"restricted", "<!DOCTYPE x>"},
		{"depth", strings.Repeat("<a>", 70_000)},
		{"attributes", "<message" + attributes(70_000)},
		{"the same attribute among many", "<message" + attributes(1000) + " a7=''/>"},
		{"size", "<message>" + strings.Repeat("x", 1<<20)},
		{"stream element", "<stream:features/>\x00"},
	} {
		t.Run(row.name, func(t *testing.T) {
			run(t, []Settings{usual("s")}, func(b *bed) {
				bot := b.join("bot.org").joined()
				s := b.answer("s", "bot.org")
				s.says(msg("u@server.org", "x@bot.org", "1"))
				s.says(row.says)
				if got := s.hears(); !strings.HasSuffix(got, "</stream:stream>") {
					t.Errorf("the server hears %q", got)
				}
				s.dies(driver.End)
				bot.wants(msg("u@server.org", "x@bot.org", "1"))
				b.pass(time.Second)
				s = b.answer("s", "bot.org")
				bot.says(msg("x@bot.org", "u@server.org", "2"))
				s.wants(msg("x@bot.org", "u@server.org", "2"))
			})
		})
	}
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d=''", i)
	}
	return b.String()
}

// A user of the server's sends what is too much for a component, or would end the streams of some: the user is told,
// and the link that all its users share stays.
func TestTooMuchFromServer(t *testing.T) {
	head := "<message from='u@server.org' to='x@bot.org' id='1'"
	long := "><body>" + strings.Repeat("x", 600_000) + "</body></message>"
	deep := ">" + strings.Repeat("<a>", 64) + strings.Repeat("</a>", 64) + "</message>"
	abyss := ">" + strings.Repeat("<a>", 60_000) + strings.Repeat("</a>", 60_000) + "</message>"
	told := fault("x@bot.org", "u@server.org", "1", "modify", "policy-violation")
	for _, row := range []struct{ name, says, hears string }{
		{"long", head + long, told},
		{"deep", head + deep, told},
		{"very deep", head + abyss, told},
		{"attributes", head + attributes(257) + "/>", told},
		{"very many attributes", head + attributes(60_000) + "/>", told},
		{"attributes of a child", head + "><x" + attributes(300) + "/></message>", told},
		{"a namespace that is no URI", head + "><x xmlns='a}b'/></message>", fault("x@bot.org", "u@server.org", "1", "modify", "bad-request")},
		{"error", head + " type='error'" + long, ""},
		{"deep result", "<iq type='result' from='u@server.org' to='x@bot.org' id='1'" + strings.ReplaceAll(deep, "message", "iq"), ""},
		{"long id", "<message from='u@server.org' to='x@bot.org' id='" + strings.Repeat("x", 600_000) + "'/>", ""},
		{"to nobody's name", strings.Replace(head, "bot.org", "other.org", 1) + long, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			run(t, []Settings{usual("s")}, func(b *bed) {
				bot := b.join("bot.org").joined()
				s := b.answer("s", "bot.org")
				s.says(row.says)
				s.wants(row.hears)
				s.says(msg("u@server.org", "x@bot.org", "2"))
				bot.wants(msg("u@server.org", "x@bot.org", "2"))
				if b.tries != 1 {
					t.Errorf("%d connections: the link did not stay", b.tries)
				}
			})
		})
	}
}

// As deep and with as many attributes as a component may be sent comes through.
func TestJustEnoughFromServer(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		m := "<message from='u@server.org' to='x@bot.org' id='1'><x" + attributes(256) + "/>" + strings.Repeat("<a>", 63) + strings.Repeat("</a>", 63) + "</message>"
		s.says(m)
		bot.wants(m)
	})
}

// However often what comes down ends the link, it is back as fast.
func TestVerdictsAreNoFailures(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		for range 12 {
			s := b.answer("s", "bot.org")
			s.says("<message>" + strings.Repeat("x", 2<<20))
			s.dies(driver.End)
			b.pass(300 * time.Millisecond)
		}
		s := b.answer("s", "bot.org")
		bot.says(msg("x@bot.org", "u@server.org", "2"))
		s.wants(msg("x@bot.org", "u@server.org", "2"))
		if got := b.m.Servers()[0]; got.Faulted != 12 || got.Broken != 12 {
			t.Errorf("%d faulted and %d broken, want 12", got.Faulted, got.Broken)
		}
	})
}

// A server that takes the link again and again, reads nothing and dies keeps what waits
// for no longer than one that is away; what came later waits for its own time.
func TestWaitingGoesOnAcrossLinks(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		m := func(id string) string {
			return "<message from='x@bot.org' to='u@server.org' id='" + id + "'><body>" + strings.Repeat("x", 20_000) + "</body></message>"
		}
		for range 49 {
			bot.says(m("old"))
		}
		start := time.Now()
		for cycle := range 3 {
			s := b.answer("s", "bot.org")
			b.pass(2500 * time.Millisecond)
			if cycle == 2 {
				bot.says(m("next")) // may pass for one of the old
				bot.says(m("new"))
			}
			s.dies(driver.Failed)
			b.pass(2 * time.Second)
		}
		if got := time.Since(start); got < 10*time.Second || got > 15*time.Second {
			t.Fatalf("the test took %v", got)
		}
		got := bot.hears()
		if strings.Count(got, "id='old' type='error'") < 10 || !strings.Contains(got, "remote-server-timeout") {
			t.Errorf("the component hears of %d stanzas that they have waited for too long: %.300q", strings.Count(got, "id='old'"), got)
		}
		if strings.Contains(got, "id='new'") {
			t.Error("what came late has been answered with them")
		}
		b.pass(11 * time.Second)
		bot.hears()
	})
}

// What waits has a bound for all names together, both ways: beyond it the answer is
// that of a name nobody awaits, and when the queues are empty the account is too.
func TestParkedBudget(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		limits := *b.hub.Limits()
		limits.Marks.Budget = engine.OutboxBytes() + 1000
		b.hub.SetLimits(&limits)
		one, two := b.join("one.org").joined(), b.join("two.org").joined()
		s := b.answer("s", "one.org")
		b.answer("s", "two.org").dies(driver.End)
		b.mu.Lock()
		b.down["s"] = true
		b.mu.Unlock()
		one.dies(driver.End)
		for id := range 4 { // some 170 bytes each
			s.says(msg("u@server.org", "x@one.org", string(rune('a'+id))))
		}
		s.wants("")
		for id := range 4 {
			two.says(msg("x@two.org", "u@server.org", string(rune('e'+id))))
		}
		if got := two.hears(); !strings.Contains(got, "id='h' type='error'") || strings.Contains(got, "id='e'") {
			t.Errorf("beyond the budget the component hears %q", got)
		}
		s.says(msg("u@server.org", "x@one.org", "i"))
		s.wants(fault("x@one.org", "u@server.org", "i", "cancel", "service-unavailable"))
		if n := b.m.ParkedBytes(); n < 600 || n > 1000 {
			t.Errorf("%d bytes are parked of 1000 that may be", n)
		}
		b.pass(31 * time.Second)
		if n := b.m.ParkedBytes(); n != 0 {
			t.Errorf("%d bytes are still accounted for", n)
		}
	})
}

// A link that ends gives back no more than there is room for; the oldest are answered.
func TestReturnedWithinBudget(t *testing.T) {
	q := queue{total: new(atomic.Int64)}
	unit := func(s string) session.Unit { return session.Unit{Raw: []byte(s)} }
	q.push(unit("3"), 1000)
	over := q.prepend(since([]session.Unit{unit("1"), unit("2")}, time.Now()), 1000, 97)
	if len(over) != 1 || string(over[0].Raw) != "1" || string(q.units[0].Raw) != "2" || q.total.Load() != 2*97 {
		t.Errorf("%d over, %d bytes remain", len(over), q.total.Load())
	}
	if q.takeAll(); q.total.Load() != 0 || q.bytes != 0 {
		t.Errorf("%d bytes remain", q.total.Load())
	}
}

// A server that takes the connection and says nothing.
func TestHandshakeTimeout(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		b.join("bot.org").joined()
		mute := b.call("s")
		b.pass(6 * time.Second)
		if got := mute.hears(); !strings.Contains(got, "connection-timeout") {
			t.Errorf("after its time the server hears %q", got)
		}
		mute.dies(driver.End)
		b.pass(time.Second)
		b.answer("s", "bot.org")
		if !strings.Contains(b.log.String(), "upstream is back") {
			t.Errorf("the log does not say what became of it:\n%s", b.log.String())
		}
	})
}

// A server that stops reading: the component is held, then answered, and what was
// given to the link is not lost.
func TestServerThatDoesNotRead(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		first := b.answer("s", "bot.org")
		m := "<message from='x@bot.org' to='u@server.org' id='1'><body>" + strings.Repeat("x", 10_000) + "</body></message>"
		for range 200 {
			if !b.hand.Held[bot.slot] {
				bot.says(m)
			}
			b.pass(10 * time.Millisecond)
			bot.hears()
		}
		for range 110 {
			if b.pass(100 * time.Millisecond); b.hand.loop.Count.Stalled > 0 {
				break
			}
		}
		first.vanish()
		b.pass(100 * time.Millisecond)
		c := b.local.Count
		if c.Held == 0 || c.Answered == 0 {
			t.Errorf("held %d times, %d answered: nobody told the component", c.Held, c.Answered)
		}
		if b.hand.loop.Count.Stalled != 1 {
			t.Errorf("%d links were found stalled, want 1", b.hand.loop.Count.Stalled)
		}
		s := b.answer("s", "bot.org")
		if got := s.hears(); !strings.HasPrefix(got, m) {
			t.Errorf("what waited did not go by the next link: %.100q", got)
		}
	})
}

// Instances of one name have its links together: it has left when the last one
// has.
func TestSharedName(t *testing.T) {
	shared := func(s *session.Settings) { s.Conflict = table.Balance }
	runWith(t, []Settings{usual("s")}, shared, func(b *bed) {
		one, two := b.join("bot.org").joined(), b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		one.says(msg("x@bot.org", "u@server.org", "1"))
		two.says(msg("y@bot.org", "u@server.org", "2"))
		s.wants(msg("x@bot.org", "u@server.org", "1") + msg("y@bot.org", "u@server.org", "2"))
		one.dies(driver.End)
		s.says(msg("u@server.org", "x@bot.org", "3"))
		two.wants(msg("u@server.org", "x@bot.org", "3"))
		two.dies(driver.End)
		s.says(msg("u@server.org", "x@bot.org", "4"))
		b.join("bot.org").joined(msg("u@server.org", "x@bot.org", "4"))
		if b.tries != 1 {
			t.Errorf("%d connections, want one for all", b.tries)
		}
	})
}

// A newcomer that takes the name takes the link with it.
func TestKickOld(t *testing.T) {
	kick := func(s *session.Settings) { s.Conflict = table.KickOld }
	runWith(t, []Settings{usual("s")}, kick, func(b *bed) {
		b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		two := b.join("bot.org").joined()
		s.says(msg("u@server.org", "x@bot.org", "1"))
		two.wants(msg("u@server.org", "x@bot.org", "1"))
		b.pass(40 * time.Second)
		if b.tries != 1 || b.m.lingering.Load() != 0 {
			t.Errorf("%d connections, %d names lingering: a restart was seen", b.tries, b.m.lingering.Load())
		}
	})
}

// A component that asked for is_subdomain has a link for each of its names, and
// each stanza takes that of the name it is from.
func TestSubdomains(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		rules := *b.hub.Rules()
		r, err := router.New(router.Config{Hosts: []string{"a.org", "b.org"}, Upstreams: []router.UpstreamDomains{{Name: "s", Domains: []string{"*"}}}}, b.hub.Table)
		if err != nil {
			t.Fatal(err)
		}
		rules.Router, rules.Hosts = r, []string{"a.org", "b.org"}
		b.hub.SetRules(&rules)
		bot := b.joinAs("bot", " is_subdomain='true'").joined()
		links := map[string]*end{}
		for range 2 {
			l := b.call("s")
			name := between(l.hears(), " to='", "'")
			links[name] = l
			l.takes(name)
		}
		for _, host := range []string{"a.org", "b.org", "a.org"} {
			bot.says(msg("x@bot."+host, "u@server.org", "1"))
			links["bot."+host].wants(msg("x@bot."+host, "u@server.org", "1"))
			links["bot."+host].says(msg("u@server.org", "x@bot."+host, "2"))
			bot.wants(msg("u@server.org", "x@bot."+host, "2"))
		}
		bot.dies(driver.End)
		b.pass(31 * time.Second)
		if n := len(b.m.all()); n != 0 {
			t.Errorf("%d names are still kept", n)
		}
	})
}

// Who may send to a component is judged of what has waited too, by the listener
// of the one who gets it.
func TestAccessToWhatWaited(t *testing.T) {
	var one acl.Pattern
	if err := one.Add("server", "server.org", acl.Hosts{}); err != nil {
		t.Fatal(err)
	}
	rule := acl.NewRule("one", []acl.Clause{{Class: acl.Class{Name: "one", Patterns: []acl.Pattern{one}}, Allow: true}})
	guarded := func(s *session.Settings) { s.Access = rule }
	runWith(t, []Settings{usual("s")}, guarded, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		bot.dies(driver.End)
		s.says(msg("u@server.org", "x@bot.org", "1") + msg("u@other.org", "x@bot.org", "2"))
		b.join("bot.org").joined(msg("u@server.org", "x@bot.org", "1"))
		s.wants(fault("x@bot.org", "u@other.org", "2", "cancel", "not-allowed"))
	})
}
