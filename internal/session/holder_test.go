// SPDX-License-Identifier: Apache-2.0

package session

import (
	"strings"
	"testing"

	"weir/engine"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/internal/router"
	"weir/internal/wire"
)

// oneWay is an upstream whose one name has a way, and nothing waits.
type oneWay struct {
	way      *Way
	parked   []Unit
	regarded []string
}

func (u *oneWay) Way(name string, _ int32) *Way {
	if name != u.way.Name {
		return nil
	}
	return u.way
}
func (u *oneWay) Group(int32) []string             { return nil }
func (u *oneWay) Admit(*Session, []string)         {}
func (u *oneWay) Registered(*Session, []string)    {}
func (u *oneWay) Left(*Session, []string)          {}
func (u *oneWay) Knows(string) bool                { return true }
func (u *oneWay) Awaits([]byte) bool               { return false }
func (u *oneWay) Keep(*Local, string, []Unit) bool { return false }
func (u *oneWay) Regard(name string)               { u.regarded = append(u.regarded, name) }
func (u *oneWay) Absence([]byte) wire.StanzaError  { return wire.ServiceUnavailable }
func (u *oneWay) Park(*Local, string, *Session, Unit) Parking {
	return Elsewhere
}

// upstreamed gives a clustered bed a server for srv.example, and bot.example a way to it.
func upstreamed(b *bed, o *others) *oneWay {
	b.t.Helper()
	u := &oneWay{way: &Way{Name: "bot.example"}}
	u.way.Allow(10_000, false)
	u.way.Park = func(_ *Local, n Unit) Parking {
		if n.Src >= engine.Foreign {
			return Nobody
		}
		u.parked = append(u.parked, n)
		return Parked
	}
	r, err := router.New(router.Config{Elsewhere: o.dir, Upstreams: []router.UpstreamDomains{{Name: "srv", Domains: []string{"srv.example"}}}}, b.hub.Table)
	if err != nil {
		b.t.Fatal(err)
	}
	b.hub.SetRules(&Rules{Router: r, Upstream: u})
	return u
}

// arrivesUp has a stanza for a server come from the other node's instance.
func (b *bed) arrivesUp(e envelope.Envelope, raw string, src uint32) {
	e.Kind = envelope.ToServer
	b.locals[0].Arrive(Arrival{From: there, Epoch: nameEpoch, Bytes: append(e.Append(nil), raw...), Src: src})
	b.turn(0)
}

// holders says who serves bot.example, by epoch.
func (o *others) holders(all ...directory.Holder) { o.dir.Update("bot.example", all) }

func holderOn(p directory.Peer, id, epoch uint64) directory.Holder {
	return directory.Holder{Peer: p, ID: id, Epoch: epoch}
}

// The oldest claim holds; who has just got a name is not sure until he is told; and who is cut off holds nothing that others serve.
func TestHolding(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	for name, row := range map[string]struct {
		holders     []directory.Holder
		served, cut bool
		is          Holding
		shared      bool
	}{
		"nobody else":         {nil, true, false, HoldingHere, false},
		"it lingers":          {nil, false, false, HoldingHere, false},
		"older here":          {[]directory.Holder{holderOn(here, 1, 5), holderOn(there, 2, 6)}, true, false, HoldingHere, true},
		"older there":         {[]directory.Holder{holderOn(here, 1, 7), holderOn(there, 2, 6)}, true, false, HoldingThere, true},
		"of two the older":    {[]directory.Holder{holderOn(here, 1, 9), holderOn(here, 3, 5), holderOn(there, 2, 6)}, true, false, HoldingHere, true},
		"not told yet":        {[]directory.Holder{holderOn(there, 2, 6)}, true, false, HoldingUnclear, true},
		"left":                {[]directory.Holder{holderOn(there, 2, 6)}, false, false, HoldingThere, true},
		"left, not yet given": {[]directory.Holder{holderOn(here, 1, 5), holderOn(there, 2, 6)}, false, false, HoldingHere, true},
		"a dead one is older": {[]directory.Holder{holderOn(directory.Peer{Node: "cccccccccc", Incarnation: 3}, 9, 4), holderOn(here, 1, 5), holderOn(there, 2, 6)}, true, false, HoldingHere, true},
		"an earlier run":      {[]directory.Holder{holderOn(directory.Peer{Node: here.Node, Incarnation: 77}, 1, 5), holderOn(there, 2, 6)}, false, false, HoldingThere, true},
		"cut off":             {[]directory.Holder{holderOn(here, 1, 5), holderOn(there, 2, 6)}, true, true, HoldingNone, true},
		"cut off, alone":      {nil, true, true, HoldingHere, false},
		"cut off, and left":   {nil, false, true, HoldingNone, false},
	} {
		o.holders(row.holders...)
		b.hub.cut.Store(row.cut)
		is, by, shared := b.hub.Holding("bot.example", row.served)
		if is != row.is || shared != row.shared || (by != nil) != (is == HoldingThere) || by != nil && by.Peer != there {
			t.Errorf("%s: %v by %v, shared %v; want %v, %v", name, is, by, shared, row.is, row.shared)
		}
	}
}

// A component whose link another node holds sends there: checked, with the name, and whatever the claim's record says of it told.
func TestUpByAnotherNode(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	u := upstreamed(b, o)
	o.holders(holderOn(there, 2, 6))
	if len(u.regarded) == 0 || u.regarded[len(u.regarded)-1] != "bot.example" {
		t.Errorf("regarded are %q", u.regarded)
	}
	bot := b.join(0, "bot.example").joined()
	bot.says(msg("x@bot.example", "u@srv.example", "1"))
	if len(u.parked) != 1 || len(o.sent) != 0 {
		t.Errorf("%d wait, %d are sent, before anybody is known to hold the link", len(u.parked), len(o.sent))
	}
	h := holderOn(there, 2, 6)
	u.way.SetAway(&h)
	bot.says(msg("x@bot.example", "u@srv.example", "2"))
	bot.says(msg("x@Bot.example", "u@srv.example", "3")) // not letter for letter
	bot.says(long("x@bot.example", "u@srv.example", "4", 10_000))
	if len(o.sent) != 1 {
		t.Fatalf("sent are %q", o.sent)
	}
	e, raw, ok := envelope.Open([]byte(o.sent[0]))
	if !ok || e.Kind != envelope.ToServer || e.Name != "bot.example" || e.ID != bot.s.inst.ID || e.Epoch != nameEpoch || e.Conn != bot.s.conn.ID() ||
		string(raw) != msg("x@bot.example", "u@srv.example", "2") {
		t.Errorf("sent is %+v %q", e, raw)
	}
	got := bot.hears()
	if strings.Count(got, "type='error'") != 2 || !strings.Contains(got, "<bad-request") || !strings.Contains(got, "<policy-violation") {
		t.Errorf("the component hears %s", got)
	}
	o.lost["bot.example"] = true
	bot.says(msg("x@bot.example", "u@srv.example", "5"))
	if len(o.sent) != 1 {
		t.Errorf("sent by a lost name: %q", o.sent[1:])
	}
}

// What another node sends up is checked here, too: whatever it is, the server gets a stanza of the name or nothing, and the node an
// answer.
func TestArrivalForAServer(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	u := upstreamed(b, o)
	bot := b.join(0, "bot.example").joined()
	third := directory.Peer{Node: "cccccccccc", Incarnation: 3}
	o.dir.SetNode(third)
	o.holders(holderOn(here, bot.s.inst.ID, nameEpoch), holderOn(there, 2, nameEpoch+1), holderOn(third, 3, nameEpoch+1))
	link := b.join(0, "server.example").joined() // what stands for the link here is any session
	u.way.SetLink(link.s)
	good := msg("y@bot.example", "u@srv.example", "1")
	by := envelope.Envelope{ID: 2, Epoch: nameEpoch + 1, Name: "bot.example"}
	changed := func(f func(e *envelope.Envelope)) envelope.Envelope { e := by; f(&e); return e }
	for name, row := range map[string]struct {
		e   envelope.Envelope
		raw string
		say string // the condition of the answer; empty: it is brought
	}{
		"good":                    {by, good, ""},
		"news to us":              {changed(func(e *envelope.Envelope) { e.ID, e.Epoch = 9, nameEpoch+2 }), good, ""},
		"a claim that has gone":   {changed(func(e *envelope.Envelope) { e.ID = 9 }), good, "remote-server-timeout"},
		"a third node's claim":    {changed(func(e *envelope.Envelope) { e.ID = 3 }), good, "remote-server-timeout"},
		"our own claim":           {changed(func(e *envelope.Envelope) { e.ID = bot.s.inst.ID }), good, "remote-server-timeout"},
		"no claim":                {changed(func(e *envelope.Envelope) { e.ID, e.Epoch = 0, 0 }), good, "remote-server-timeout"},
		"a name without a way":    {changed(func(e *envelope.Envelope) { e.Name = "away.example"; e.Epoch = nameEpoch + 9 }), good, "remote-server-timeout"},
		"for another":             {by, msg("y@other.example", "u@srv.example", "1"), "bad-request"},
		"not letter for letter":   {by, msg("y@BOT.example", "u@srv.example", "1"), "bad-request"},
		"too long":                {by, long("y@bot.example", "u@srv.example", "1", 10_000), "policy-violation"},
		"not for a server of our": {by, msg("y@bot.example", "u@nowhere.example", "1"), "remote-server-not-found"},
		"for a component":         {by, msg("y@bot.example", "x@bot.example", "1"), "remote-server-timeout"},
	} {
		o.sent = nil
		clear(o.settled)
		b.arrivesUp(row.e, row.raw, engine.Foreign+1)
		got := link.hears()
		if row.say == "" && (got != row.raw || len(o.sent) != 0) || row.say != "" && (got != "" || len(o.sent) != 1 || !strings.Contains(o.sent[0], "<"+row.say)) {
			t.Errorf("%s: the server hears %q, the node %q", name, got, o.sent)
		}
		if o.settled[engine.Foreign+1] != 1 {
			t.Errorf("%s: settled %d times", name, o.settled[engine.Foreign+1])
		}
	}
	for _, raw := range hostile {
		b.arrivesUp(by, strings.ReplaceAll(raw, "away.example", "bot.example"), engine.Foreign+1)
		if got := link.hears(); got != "" {
			t.Errorf("%.80q: the server hears %q", raw, got)
		}
	}
	// The link is another node's again: it goes no further from here.
	u.way.SetLink(nil)
	o.sent = nil
	b.arrivesUp(by, good, engine.Foreign+1)
	if len(o.sent) != 1 || !strings.Contains(o.sent[0], "<remote-server-timeout") {
		t.Errorf("without a link the node hears %q", o.sent)
	}
}

// What goes back of a stanza of another node goes to that node, though the name is served here, too.
func TestForeignStanzaGoesHome(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	bot := b.join(0, "bot.example").joined()
	o.holders(holderOn(here, bot.s.inst.ID, nameEpoch), holderOn(there, 2, nameEpoch+1))
	b.locals[0].sendHome([]byte(msg("y@bot.example", "u@srv.example", "1")), engine.Foreign+1, lost)
	if len(o.sent) != 1 || o.settled[engine.Foreign+1] != 1 || bot.hears() != "" {
		t.Errorf("sent %q, settled %v", o.sent, o.settled)
	}
}

// What has waited goes to the node that holds the link, in order; what came from a third does not go on.
func TestWaitingGoesAcross(t *testing.T) {
	b := newBed(t, usual())
	o := clustered(b)
	bot := b.join(0, "bot.example").joined()
	h := holderOn(there, 2, nameEpoch-2)
	o.holders(h, holderOn(here, bot.s.inst.ID, nameEpoch))
	src := bot.s.conn.ID()
	b.locals[0].AcrossUp(&h, "bot.example", []Unit{
		{[]byte(msg("x@bot.example", "u@srv.example", "1")), src},
		{[]byte(msg("y@bot.example", "u@srv.example", "2")), engine.Foreign + 1},
		{[]byte(msg("x@bot.example", "u@srv.example", "3")), 4711}, // its connection is gone
	})
	if len(o.sent) != 3 || !strings.Contains(o.sent[0], "id='1'") || !strings.Contains(o.sent[1], "<remote-server-timeout") || !strings.Contains(o.sent[2], "id='3'") {
		t.Fatalf("sent %q", o.sent)
	}
	if e, _, ok := envelope.Open([]byte(o.sent[0])); !ok || e.Kind != envelope.ToServer || e.Conn != src || e.ID != bot.s.inst.ID || e.Epoch != nameEpoch {
		t.Errorf("the first is %+v", e)
	}
	if o.settled[engine.Foreign+1] != 1 {
		t.Errorf("settled %v", o.settled)
	}
}
