// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/engine/driver"
	"weir/internal/operator"
	"weir/internal/session"
	"weir/internal/wire"
)

// What weir says would become of a stanza for a server is what becomes of it.
func TestExplain(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		explain := func(from, to, want string) {
			t.Helper()
			e, err := operator.Explain(b.hub, from, to)
			if got := e.Kind + " " + e.Name + ": " + e.Verdict; err != nil || got != want {
				t.Errorf("%q (%v), want %q", got, err, want)
			}
		}
		bot := b.join("bot.org").joined()
		explain("x@bot.org", "u@server.org", "upstream s: waits until a server can be reached")
		b.answer("s", "bot.org")
		explain("x@bot.org", "u@server.org", "upstream s: sent to the server")
		explain("x@nobody.org", "u@server.org", "upstream s: remote-server-not-found")
		bot.dies(driver.End)
		explain("x@other.org", "x@bot.org", "nowhere : service-unavailable")
	})
}

func TestStanzasGoBothWays(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		bot.says(msg("x@bot.org", "u@server.org", "1") + msg("x@bot.org", "v@server.org", "2"))
		s.wants(msg("x@bot.org", "u@server.org", "1") + msg("x@bot.org", "v@server.org", "2"))
		s.says(msg("u@server.org", "x@bot.org", "3"))
		bot.wants(msg("u@server.org", "x@bot.org", "3"))
		bot.says("<message xmlns='jabber:client' from='x@bot.org' to='u@server.org'><a/></message>")
		s.wants("<message from='x@bot.org' to='u@server.org'><a/></message>")
	})
}

// What would make a strict server close the link is answered here.
func TestNothingUncheckedGoesUp(t *testing.T) {
	unchecked := func(set *session.Settings) { set.CheckFrom = false }
	servers := []Settings{usual("s")}
	servers[0].Privileged = []string{"trusted.org"}
	servers[0].MaxStanza = 1000
	runWith(t, servers, unchecked, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		for _, row := range []struct{ in, condition string }{
			{msg("x@other.org", "u@server.org", "1"), "bad-request"},
			{msg("x@BOT.org", "u@server.org", "1"), "bad-request"}, // Prosody does not fold
			{"<message from='x@bot.org' to='u@@server.org' id='1'/>", "bad-request"},
			{"<message from='x@bot.org' id='1'/>", "bad-request"},
			{"<message to='u@server.org' id='1'/>", "bad-request"},
			{"<other from='x@bot.org' to='u@server.org' id='1'/>", "bad-request"},
			{"<message from='x@bot.org' to='u@server.org' id='1'><body>" + strings.Repeat("x", 1000) + "</body></message>", "policy-violation"},
		} {
			bot.says(row.in)
			if got := bot.hears(); !strings.Contains(got, "<"+row.condition+" ") {
				t.Errorf("%.80s is answered %s, want %s", row.in, got, row.condition)
			}
			s.wants("")
		}
		// What its header declares would be written into each stanza.
		wordy := b.joinAs("wordy.org", " xmlns:p='"+strings.Repeat("u", 1000)+"'").joined()
		w := b.answer("s", "wordy.org")
		wordy.says("<message from='x@wordy.org' to='u@server.org' id='1'><p:x/></message>")
		if got := wordy.hears(); !strings.Contains(got, "<policy-violation ") {
			t.Errorf("a stanza that grows beyond the limit is answered %s", got)
		}
		w.wants("")
		trusted := b.join("trusted.org").joined()
		up := b.answer("s", "trusted.org")
		trusted.says(msg("user@server.org", "u@server.org", "1"))
		up.wants(msg("user@server.org", "u@server.org", "1"))
	})
}

// The component that restarts: the server hears nothing of it, and what it sends
// waits, in order, behind the handshake.
func TestLinger(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		bot.dies(driver.End)
		s.wants("")
		s.says(msg("u@server.org", "x@bot.org", "1") + msg("u@server.org", "x@bot.org", "2"))
		b.pass(3 * time.Second)
		s.wants("")
		bot = b.join("bot.org").joined(msg("u@server.org", "x@bot.org", "1"), msg("u@server.org", "x@bot.org", "2"))
		s.says(msg("u@server.org", "x@bot.org", "3"))
		bot.wants(msg("u@server.org", "x@bot.org", "3"))
		bot.says(msg("x@bot.org", "u@server.org", "4"))
		s.wants(msg("x@bot.org", "u@server.org", "4"))
		b.pass(40 * time.Second) // no old timer ends it
		if b.tries != 1 {
			t.Errorf("%d connections, want the first", b.tries)
		}
	})
}

// One that does not come back is answered for, and then gone for the server too.
func TestLingerEnds(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		bot.says("</stream:stream>")
		s.says(msg("u@server.org", "x@bot.org", "1") + "<message type='error' from='u@server.org' to='x@bot.org'/>")
		b.pass(9 * time.Second)
		s.wants("")
		b.pass(2 * time.Second)
		s.wants(fault("x@bot.org", "u@server.org", "1", "cancel", "service-unavailable"))
		b.pass(15 * time.Second)
		s.says(msg("u@server.org", "x@bot.org", "2"))
		b.pass(5 * time.Second)
		got := s.hears()
		if i := strings.Index(got, "service-unavailable"); i < 0 || !strings.HasSuffix(got, "</stream:stream>") {
			t.Errorf("the server hears %s, want an answer and then the end", got)
		}
		if b.m.find([]byte("bot.org")) != nil {
			t.Error("the name is still kept")
		}
		if b.local.Count.Parked != 0 {
			t.Errorf("%d still parked", b.local.Count.Parked)
		}
	})
}

func TestAbsencePolicies(t *testing.T) {
	for _, row := range []struct {
		name      string
		change    func(*session.Settings)
		at        time.Duration
		condition string
	}{
		{"default", func(*session.Settings) {}, 11 * time.Second, "service-unavailable"},
		{"timeout", func(s *session.Settings) { s.Absence = wire.RemoteServerTimeout }, 11 * time.Second, "remote-server-timeout"},
		{"park", func(s *session.Settings) { s.AwaitAll = true }, 31 * time.Second, "service-unavailable"},
	} {
		t.Run(row.name, func(t *testing.T) {
			runWith(t, []Settings{usual("s")}, row.change, func(b *bed) {
				bot := b.join("bot.org").joined()
				s := b.answer("s", "bot.org")
				bot.dies(driver.End)
				s.says(msg("u@server.org", "x@bot.org", "1"))
				b.pass(row.at - 2*time.Second)
				s.wants("")
				b.pass(3 * time.Second)
				if got := s.hears(); !strings.Contains(got, row.condition) {
					t.Errorf("the server hears %q, want %s", got, row.condition)
				}
			})
		})
	}
}

// What a component that dies had not been sent waits with the rest, before it.
func TestWhatADeadComponentHadWaits(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		var all []string
		for i := range 400 { // far more than a socket pair takes
			m := "<message from='u@server.org' to='x@bot.org' id='" + fmt.Sprint(i) + "'><body>" + strings.Repeat("x", 1000) + "</body></message>"
			all = append(all, m)
		}
		b.hand.loop.Data(s.slot, []byte(strings.Join(all, "")), driver.Open)
		b.turn(0)
		bot.dies(driver.End)
		s.says(msg("u@server.org", "x@bot.org", "last"))
		back := b.join("bot.org")
		got := strings.TrimPrefix(back.hears(), "<handshake/>")
		kept := strings.Count(got, "<message")
		if kept < 100 || !strings.HasSuffix(got, msg("u@server.org", "x@bot.org", "last")) {
			t.Fatalf("%d stanzas have waited, the end is %.100q", kept, got[max(0, len(got)-100):])
		}
		// Those it gets are the last ones, whole and in order; the one it had a part of is answered.
		if want := strings.Join(all[len(all)-kept+1:], ""); !strings.HasPrefix(got, want) {
			t.Error("what has waited is not the rest in order")
		}
	})
}

// The server that restarts: the component's stream stays, what it sends waits.
func TestServerRestarts(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		b.pass(2 * steady)
		b.down["s"] = true
		s.dies(driver.End)
		bot.says(msg("x@bot.org", "u@server.org", "1") + msg("x@bot.org", "u@server.org", "2"))
		b.pass(3 * time.Second)
		bot.wants("")
		b.mu.Lock()
		b.down["s"] = false
		b.mu.Unlock()
		b.pass(5 * time.Second)
		s = b.answer("s", "bot.org")
		s.wants(msg("x@bot.org", "u@server.org", "1") + msg("x@bot.org", "u@server.org", "2"))
		bot.says(msg("x@bot.org", "u@server.org", "3"))
		s.wants(msg("x@bot.org", "u@server.org", "3"))
	})
}

func TestWaitingForAServerEnds(t *testing.T) {
	servers := []Settings{usual("s")}
	servers[0].ParkBytes = 1000
	run(t, servers, func(b *bed) {
		b.down["s"] = true
		bot := b.join("bot.org").joined()
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		b.pass(11 * time.Second)
		bot.wants(fault("u@server.org", "x@bot.org", "1", "wait", "remote-server-timeout"))
		// Beyond its bound the oldest are answered.
		for i := range 10 {
			bot.says(msg("x@bot.org", "u@server.org", fmt.Sprint(i)))
		}
		got := bot.hears()
		if n := strings.Count(got, "remote-server-timeout"); n < 3 || n > 5 || !strings.HasPrefix(got, "<message from='u@server.org' to='x@bot.org' id='0'") {
			t.Errorf("%d of 10 are answered at once, want 3 to 5, the oldest: %s", n, got)
		}
	})
}

func TestRefusalIsToldAndAnswered(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		s := b.call("s")
		s.says("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>" +
			"<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
		s.dies(driver.End)
		bot.wants(fault("u@server.org", "x@bot.org", "1", "wait", "remote-server-timeout"))
		bot.says(msg("x@bot.org", "u@server.org", "2"))
		bot.wants(fault("u@server.org", "x@bot.org", "2", "wait", "remote-server-timeout"))
		if !strings.Contains(b.log.String(), "Component") || strings.Count(b.log.String(), "refuses") != 1 {
			t.Errorf("the log has no remedy, or more than one:\n%s", b.log.String())
		}
		if got := b.m.Status(); len(got) != 1 || got[0].Refused != "host-unknown" {
			t.Errorf("status %+v", got)
		}
		b.pass(3 * time.Second)
		b.answer("s", "bot.org") // it goes on trying
	})
}

func TestPing(t *testing.T) {
	servers := []Settings{usual("s")}
	servers[0].PingInterval = 10 * time.Second
	run(t, servers, func(b *bed) {
		b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		s.hears()
		b.pass(11 * time.Second)
		ask := s.hears()
		_, rest, _ := strings.Cut(ask, " id='")
		id, _, _ := strings.Cut(rest, "'")
		if !strings.HasPrefix(ask, "<iq type='get' from='bot.org' to='bot.org'") || id == "" {
			t.Fatalf("a silent server hears %q", ask)
		}
		s.says("<iq type='error' from='bot.org' to='bot.org' id='" + id + "'/>")
		b.pass(8 * time.Second)
		s.wants("")
		b.pass(9 * time.Second) // asked again, and silent
		if !strings.Contains(b.log.String(), "silent") {
			t.Error("a server that has fallen silent was not found")
		}
		b.answer("s", "bot.org")
	})
}

// A stanza for a component of ours that has just left does not go to a server,
// which would send it back to us.
func TestNoLoop(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		a, gone := b.join("a.org").joined(), b.join("gone.org").joined()
		sa, sgone := b.answer("s", "a.org"), b.answer("s", "gone.org")
		gone.dies(driver.End)
		a.says(msg("x@a.org", "y@gone.org", "1"))
		a.wants(fault("y@gone.org", "x@a.org", "1", "cancel", "service-unavailable"))
		sa.wants("")
		// Nor does what comes from a server go to one.
		sgone.says(msg("u@server.org", "u@elsewhere.org", "1"))
		sgone.wants("")
		sa.wants("")
		if b.local.Count.Dropped != 1 { // an answer from elsewhere.org would end the link
			t.Errorf("%d dropped, want 1", b.local.Count.Dropped)
		}
		back := b.join("gone.org").joined()
		a.says(msg("x@a.org", "y@gone.org", "2"))
		back.wants(msg("x@a.org", "y@gone.org", "2"))
	})
}

// A name that was looked up as a server's may be a component's later.
func TestNewcomerIsFound(t *testing.T) {
	run(t, []Settings{usual("s")}, func(b *bed) {
		a := b.join("a.org").joined()
		s := b.answer("s", "a.org")
		a.says(msg("x@a.org", "y@later.org", "1"))
		s.wants(msg("x@a.org", "y@later.org", "1"))
		later := b.join("later.org").joined()
		a.says(msg("x@a.org", "y@later.org", "2"))
		later.wants(msg("x@a.org", "y@later.org", "2"))
		s.wants("")
	})
}

func TestAdvertsAreRemembered(t *testing.T) {
	servers := []Settings{usual("s")}
	servers[0].Domains = []string{"server.org", "*"}
	run(t, servers, func(b *bed) {
		advert := func(from, access string) string {
			return "<message from='" + from + "' to='bot.org' id='p'><privilege xmlns='urn:xmpp:privilege:2'><perm access='" + access + "' type='both'/></privilege></message>"
		}
		bot := b.join("bot.org").joined()
		s := b.answer("s", "bot.org")
		s.says(advert("server.org", "message") + advert("org", "roster") + advert("server.org", "roster"))
		bot.hears()
		for _, forger := range []string{"user@server.org", "evil.example", "rg", "server.org/x"} { // anybody may write that
			s.says(advert(forger, "message"))
			bot.wants(advert(forger, "message"))
		}
		bot.dies(driver.End)
		bot = b.join("bot.org").joined(advert("server.org", "roster"), advert("org", "roster"))
		s.wants("")
		// The server speaks anew, and allows less.
		s.dies(driver.End)
		b.pass(time.Second)
		s = b.answer("s", "bot.org")
		bot.dies(driver.End)
		s.says(advert("server.org", "message")) // with nobody there to hear it
		b.join("bot.org").joined(advert("server.org", "message"))
		s.wants("")
	})
}

// A thousand names that come back together are no herd, and the most used come
// first.
func TestNoHerd(t *testing.T) {
	const names = 200
	run(t, []Settings{usual("s")}, func(b *bed) {
		b.down["s"] = true
		var bots []*end
		for i := range names {
			bots = append(bots, b.join(fmt.Sprintf("bot%d.org", i)).joined())
		}
		b.pass(60 * time.Second)
		if b.tries > dialsMax+60 {
			t.Errorf("%d tries in a minute while the server was away", b.tries)
		}
		for range 20 { // one is in use
			bots[150].says(msg("x@bot150.org", fmt.Sprintf("u%d@server.org", b.tries), "1"))
			bots[150].says(msg("x@bot150.org", "v@server.org", "1"))
		}
		b.mu.Lock()
		b.down["s"] = false
		b.mu.Unlock()
		open := 0
		for range 610 {
			b.pass(100 * time.Millisecond)
			b.mu.Lock()
			open = len(b.calls)
			b.mu.Unlock()
			if open > 0 {
				break
			}
		}
		if open != 1 {
			t.Fatalf("%d connections at once to a server that has just come back, want 1", open)
		}
		first := b.call("s")
		name := between(first.hears(), " to='", "'")
		first.takes(name)
		b.turn(0)
		b.mu.Lock()
		open = len(b.calls)
		b.mu.Unlock()
		if open != dialsMax {
			t.Errorf("then %d at once, want %d", open, dialsMax)
		}
		names := name
		for range open {
			names += " " + between(b.call("s").hears(), " to='", "'")
		}
		if !strings.Contains(names, "bot150.org") {
			t.Errorf("the one in use is not among the first: %s", names)
		}
	})
}

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	in, _, _ := strings.Cut(rest, to)
	return in
}

// takes has a server whose call has been heard take the component.
func (p *end) takes(name string) {
	p.says("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='" + name + "' id='i1'>")
	p.hears()
	p.says("<handshake/>")
}

func TestStandby(t *testing.T) {
	run(t, []Settings{usual("one"), usual("two")}, func(b *bed) {
		bot := b.join("bot.org").joined()
		one, two := b.answer("one", "bot.org"), b.answer("two", "bot.org")
		bot.says(msg("x@bot.org", "u@server.org", "1"))
		one.wants(msg("x@bot.org", "u@server.org", "1"))
		two.wants("")
		two.says(msg("u@server.org", "x@bot.org", "2")) // heard all the same
		bot.wants(msg("u@server.org", "x@bot.org", "2"))
		one.dies(driver.End)
		bot.says(msg("x@bot.org", "u@server.org", "3"))
		two.wants(msg("x@bot.org", "u@server.org", "3"))
		b.pass(time.Second)
		one = b.answer("one", "bot.org")
		bot.says(msg("x@bot.org", "u@server.org", "4"))
		two.wants(msg("x@bot.org", "u@server.org", "4")) // it has not proved to last
		b.pass(11 * time.Second)
		bot.says(msg("x@bot.org", "u@server.org", "5"))
		if got := one.hears(); !strings.Contains(got, "id='5'") {
			t.Errorf("the first server has not got its name back: %q", got)
		}
	})
}

func TestGroups(t *testing.T) {
	all := []Settings{
		{Name: "a", Domains: []string{"x.org", "*"}},
		{Name: "b", Domains: []string{"x.org", "y.org"}},
		{Name: "c", Domains: []string{"*"}},
	}
	var g Grouping
	for _, row := range []struct {
		all  []Settings
		want string
	}{
		{all, "[{a [x.org]} {a [*]} {b [y.org]}] [[0 1] [0 2] [1]]"},
		{all[1:], "[{ []} { []} {b [x.org y.org]} {c [*]}] [[] [] [0] [1]]"}, // c alone is new
		{all, "[{a [x.org]} {a [*]} {b [y.org]} { []}] [[0 1] [0 2] [1] []]"},
	} {
		domains, members := g.Of(row.all)
		if got := fmt.Sprint(domains, members); got != row.want {
			t.Errorf("%s, want %s", got, row.want)
		}
	}
}

// Spread: every name has its server, and each server about its share.
func TestSpread(t *testing.T) {
	var all []*server
	for _, name := range []string{"a", "b", "c"} {
		s := usual(name)
		s.Spread = true
		all = append(all, new(Manager).newServer(&s))
	}
	count := make([]int, 3)
	for i := range 3000 {
		name := fmt.Sprintf("bot-%d.example.org", i)
		order := preference(name, all)
		if !slices.Equal(order, preference(name, all)) {
			t.Fatal("it depends on chance")
		}
		count[slices.Index(all, order[0])]++
	}
	for i, n := range count {
		if n < 850 || n > 1150 {
			t.Errorf("server %d has %d of 3000 names", i, n)
		}
	}
}

func TestComponentsFilter(t *testing.T) {
	servers := []Settings{usual("s")}
	servers[0].Components = []string{"org"}
	run(t, servers, func(b *bed) {
		inside, outside := b.join("bot.org").joined(), b.join("bot.net").joined()
		s := b.answer("s", "bot.org")
		outside.says(msg("x@bot.net", "u@server.org", "1"))
		outside.wants(fault("u@server.org", "x@bot.net", "1", "cancel", "remote-server-not-found"))
		inside.says(msg("x@bot.org", "u@server.org", "1"))
		s.wants(msg("x@bot.org", "u@server.org", "1"))
		if b.tries != 1 {
			t.Errorf("%d connections, want 1", b.tries)
		}
	})
}

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{1: firstRetry, 2: 2 * firstRetry, 5: 16 * firstRetry, 10: time.Minute, 1000: time.Minute} {
		for range 100 {
			if d := backoff(firstRetry, n, time.Minute); d < want/2 || d > want {
				t.Errorf("after %d failures %v, want from %v to %v", n, d, want/2, want)
			}
		}
	}
}
