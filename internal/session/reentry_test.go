// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/driver"
	"weir/internal/wire"
	"weir/table"
)

// An outbox that is full is written at once, in the middle of an append; when
// that fails, the session it belongs to may end there and then, while another
// one is being served. These tests hold what can go wrong then.

// A message that fills an outbox and has it written without waiting.
const flushes = 80 << 10

// A panic leaves no run behind either.
func TestPanicLeavesNoRun(t *testing.T) {
	b := newBed(t, usual())
	to, p, next := b.join(0, "b.example").joined(), b.join(0, "a.example").joined(), b.join(0, "c.example").joined()
	rules := *b.hub.Rules()
	rules.Host, rules.Router = nil, nil // nothing can be resolved
	one := msg("a.example", "b.example", "1")
	p.says(one) // remembers where b.example is
	to.wants(one)
	p.s.to.rules = &rules
	b.hub.SetRules(&rules)
	p.h.loop.Data(p.slot, []byte(msg("a.example", "b.example", "2")+msg("a.example", "x.example", "boom")), driver.Open)
	b.setRules(nil, nil)
	b.turn(0)
	if n := b.loops[0].loop.Count.Panics; n != 1 {
		t.Fatalf("%d panics, want one", n)
	}
	next.says(msg("c.example", "b.example", "3"))
	to.wants(msg("a.example", "b.example", "2") + msg("c.example", "b.example", "3"))
	p.vanish()
	if b.hub.Table.Lookup([]byte("a.example")) != nil {
		t.Error("who panicked still has its name")
	}
}

// An instance of a shared name whose connection has failed is in the table until
// the loop hears of it. Its share has nowhere to go, and that is the end of it.
func TestBrokenInstanceStillInTheTable(t *testing.T) {
	c := usual()
	c.settings.Conflict = table.Balance
	b := newBed(t, c)
	one, two := b.join(0, "b.example").joined(), b.join(0, "b.example").joined()
	from := b.join(0, "a.example").joined()
	one.vanish()
	two.vanish()
	from.says(long("a.example", "b.example", "1", flushes) + msg("a.example", "b.example", "2") +
		long("a.example", "b.example", "3", flushes) + msg("a.example", "b.example", "4"))
	one.ends(driver.Failed)
	two.ends(driver.Failed)
	got := from.hears()
	for _, id := range []string{"1", "2", "3", "4"} {
		if strings.Count(got, "id='"+id+"'") != 1 {
			t.Errorf("message %s is not answered once: %q", id, got)
		}
	}
	b.balanceBooks()
}

// An instance leaves, and one that takes over its backlog breaks while it is
// moved, inside the table's critical section.
func TestBreakingWhileTheBacklogMoves(t *testing.T) {
	c := usual()
	c.settings.Conflict = table.Balance
	c.answers = AnswerLimits{Reserve: 64 << 10, Rate: 1 << 20, BytesRate: 1 << 30}
	b := newBed(t, c)
	one, two := b.join(0, "b.example").joined(), b.join(0, "b.example").joined()
	from := b.join(0, "a.example").joined()
	one.narrow()
	const said = 40
	for i := range said {
		from.says(long(fmt.Sprintf("u%d@a.example", i), "b.example", "m", flushes/10))
	}
	heard := strings.Count(two.hears(), "<message")
	if stuck := one.s.conn.Queued(); stuck < flushes {
		t.Fatalf("only %d bytes wait for the one that leaves", stuck)
	}
	two.vanish()
	two.s.conn.Hold(holdRate) // so that it closes as soon as a write fails
	one.ends(driver.Failed)
	two.ends(driver.Failed)
	if got := strings.Count(from.hears(), "type='error'"); got != said-heard {
		t.Errorf("%d of %d messages are answered", got, said-heard)
	}
	b.balanceBooks()
}

// A stanza that was written anew lies in memory of ours when it is answered.
func TestAnswerToWhatWasRewritten(t *testing.T) {
	b := newBed(t, usual())
	to := b.join(0, "b.example").joined()
	from := b.connect(0).negotiate("a.example", " xml:lang='fr' xmlns:p='urn:p'").joined()
	to.s.conn.Finish(nil, engine.CauseFinished) // takes nothing, but is in the table
	from.says("<message id='some-id' to='b.example/res' from='user@a.example/more'><p:x/></message>")
	from.wants(errorTo("message", "b.example/res", "user@a.example/more", "some-id", wire.ServiceUnavailable))
	b.balanceBooks()
}

// The end of a stream and an answer to what came before it, in one read.
func TestLastWordsBehindAnAnswer(t *testing.T) {
	for _, last := range []struct{ in, out string }{
		{"</stream:stream>", "</stream:stream>"},
		{"<!-- -->", streamError("restricted-xml", "a comment")},
	} {
		b := newBed(t, usual())
		to, from := b.join(0, "b.example").joined(), b.join(0, "a.example").joined()
		to.s.conn.Finish(nil, engine.CauseFinished)
		from.says(msg("a.example", "b.example", "1") + last.in)
		got := from.hears()
		want := errorTo("message", "b.example", "a.example", "1", wire.ServiceUnavailable)
		if rest, ok := strings.CutPrefix(got, want); !ok || !strings.HasSuffix(rest, "</stream:stream>") || !from.eof {
			t.Errorf("hears %q", got)
		}
		b.balanceBooks()
	}
}
