// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/wire"
)

// What comes after a goodbye, from either side, is nobody's.
func TestAfterGoodbye(t *testing.T) {
	late := msg("a.example", "b.example", "late")
	rows := map[string]func(*peer){
		"its own end":      func(p *peer) { p.says("</stream:stream>" + late) },
		"an error of ours": func(p *peer) { p.says("<!-- -->" + late) },
		"its own error":    func(p *peer) { p.says("<stream:error/>" + late) },
		"half closed":      func(p *peer) { p.ends(driver.End) },
		"broken":           func(p *peer) { p.ends(driver.Failed) },
		"shut down":        func(p *peer) { p.s.Shutdown(); p.b.turn(0) },
		"aborted":          func(p *peer) { p.s.conn.Abort(engine.CauseAborted); p.b.turn(0) },
	}
	for name, end := range rows {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, usual())
			to, p := b.join(0, "b.example").joined(), b.join(0, "a.example").joined()
			end(p)
			p.says(late)
			p.says("<<<<")
			p.ends(driver.End)
			p.ends(driver.Failed)
			// What the session or others still wanted of it comes too late.
			p.s.late()
			p.s.leaseOver()
			p.s.Shutdown()
			p.s.retire()
			b.hub.caughtUp(p.s.conn.ID(), to.s.conn)
			b.hub.AddHosts([]string{"new.example"})
			b.turn(0)
			p.hears()
			if !p.eof {
				t.Error("our side is not closed")
			}
			to.wants("")
			again := b.join(0, "a.example").joined()
			again.says(late)
			to.wants(late)
			if n := b.loops[0].loop.Count.Panics; n != 0 {
				t.Errorf("%d panics", n)
			}
			if c, _ := b.counts(); c.Accepted != 1 {
				t.Errorf("%d stanzas accepted, want 1", c.Accepted)
			}
			b.balanceBooks()
		})
	}
}

// A panic while a stream is served closes that one, answers what waited for it,
// and frees its name.
func TestPanicClosesOneSession(t *testing.T) {
	b := newBed(t, usual())
	to, p := b.join(0, "b.example").joined(), b.join(0, "a.example").joined()
	to.narrow()
	for i := range 20 {
		p.says(long("a.example", "b.example", fmt.Sprint(i), 997))
	}
	to.s.local = nil // whatever it does now
	local := b.locals[0]
	func() {
		defer func() { to.s.local = local }()
		to.h.loop.Data(to.slot, []byte(msg("b.example", "a.example", "1")), driver.Open)
	}()
	if n := b.loops[0].loop.Count.Panics; n == 0 {
		t.Fatal("nothing panicked")
	}
	b.turn(0)
	b.turn(0)
	p.says(msg("a.example", "b.example", "after"))
	p.says(msg("a.example", "a.example", "own"))
	if got := p.hears(); !strings.Contains(got, "id='own'/>") || !strings.Contains(got, "id='after' type='error'") {
		t.Errorf("others hear %.300q", got)
	}
}

// A stanza with every declaration that the header and its own tag may make: as
// it must be written to others it is beyond what a scanner reads, so it is
// refused, and not found unreadable when it should be answered.
func TestStanzaThatCannotBeRewritten(t *testing.T) {
	declare := func(prefix string, n int) (out string) {
		for i := range n {
			out += fmt.Sprintf(" xmlns:%s%d='u:%s%d'", prefix, i, prefix, i)
		}
		return out
	}
	uses := ""
	for i := range 50 {
		uses += fmt.Sprintf("<h%d:x/>", i)
	}
	b := newBed(t, usual())
	to, p := b.join(0, "b.example").joined(), b.connect(0).negotiate("a.example", declare("h", 50)).joined()
	stanza := func(own int) string {
		return "<message from='a.example' to='b.example' id='1'" + declare("o", own) + ">" + uses + "</message>"
	}
	p.says(stanza(10))
	if got := to.hears(); !strings.Contains(got, "xmlns:h49='u:h49'") {
		t.Errorf("what can be rewritten is not forwarded: %.200q", got)
	}
	p.says(stanza(50))
	p.wants(errorTo("message", "b.example", "a.example", "1", wire.BadRequest))
	to.wants("")
	p.says(stanza(10))
	if to.hears() == "" {
		t.Error("the next one is not forwarded")
	}
	if strings.Contains(b.log.String(), "ERROR") {
		t.Error(b.log.String())
	}
	b.balanceBooks()
}

// The budget of unfinished input: 10,000 peers with half a stanza each stay
// within it; who is given up is told why, and the newest stay.
func TestHalfSentStanzas(t *testing.T) {
	const budget, each, peers = 4 << 20, 4 << 10, 2000
	c := usual()
	c.input = budget
	b := newBed(t, c)
	half := long("a.example", "b.example", "1", each)
	half = half[:len(half)-20]
	var all []*peer
	for i := range peers {
		p := b.join(0, fmt.Sprintf("c%d.example", i)).joined()
		p.says(half)
		all = append(all, p)
		if held := b.locals[0].unfinished.bytes; held > budget {
			t.Fatalf("%d bytes are held", held)
		}
	}
	there := 0
	for i, p := range all {
		got := p.hears()
		switch {
		case got == "" && !p.eof:
			there++
			if i < peers-budget/each*11/10 {
				t.Fatalf("peer %d, an old one, is still there", i)
			}
		case got != streamError("policy-violation", "unfinished for too long") || !p.eof:
			t.Fatalf("peer %d hears %q", i, got)
		}
	}
	if n := budget / len(half); there < n-1 || there > n {
		t.Errorf("%d are left, want %d", there, n)
	}
	if c, _ := b.counts(); c.InputEvicted != int64(peers-there) {
		t.Errorf("%d given up, want %d", c.InputEvicted, peers-there)
	}
}

// Who gets on is not the oldest, however long it has had something unfinished.
func TestWhoGetsOnIsNotGivenUp(t *testing.T) {
	c := usual()
	c.input = 21 << 10
	b := newBed(t, c)
	busy, to := b.join(0, "a.example").joined(), b.join(0, "b.example").joined()
	m := long("a.example", "b.example", "1", 1000)
	busy.says(m[:600])
	stuck := b.join(0, "c.example").joined()
	stuck.says(long("c.example", "b.example", "1", 4<<10)[:4<<10])
	for range 20 {
		busy.says(m[600:] + m[:600])
	}
	for i := range 4 {
		b.join(0, fmt.Sprintf("d%d.example", i)).joined().says(long("d.example", "b.example", "1", 5<<10)[:5<<10])
	}
	busy.says(m[600:])
	stuck.over(streamError("policy-violation", "unfinished for too long"))
	if n := strings.Count(to.hears(), "</message>"); n != 21 || busy.s.ended {
		t.Errorf("%d of 21 messages came", n)
	}
}

// Those who fill one loop's part of the budget cost nobody on another one.
func TestInputBudgetIsEachLoopsOwn(t *testing.T) {
	c := usual()
	c.loops, c.input = 2, 40<<10
	b := newBed(t, c)
	quiet := b.join(1, "a.example").joined()
	quiet.says("<message")
	for i := range 30 {
		b.join(0, fmt.Sprintf("d%d.example", i)).joined().says(long("d.example", "b.example", "1", 5<<10)[:5<<10])
	}
	b.join(1, "b.example").joined().says("<message")
	quiet.says(strings.TrimPrefix(msg("a.example", "b.example", "1"), "<message"))
	if quiet.s.ended {
		t.Error("somebody on another loop was given up")
	}
	if held := b.locals[0].unfinished.bytes; held > 20<<10 {
		t.Errorf("%d bytes are held", held)
	}
}
