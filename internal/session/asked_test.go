// SPDX-License-Identifier: Apache-2.0

package session

import (
	"strings"
	"testing"

	"weir/engine"
	"weir/internal/cluster/directory"
	"weir/internal/cluster/envelope"
	"weir/table"
)

func query(from, to, id string) string {
	return "<iq type='get' from='" + from + "' to='" + to + "' id='" + id + "'><q xmlns='urn:q'/></iq>"
}

func answerTo(from, to, id string) string {
	return "<iq type='result' from='" + from + "' to='" + to + "' id='" + id + "'/>"
}

// asks has an instance of bot.example on another node ask something here.
func (b *bed) asks(p directory.Peer, id uint64, dest *peer, raw string) {
	m := envelope.Envelope{Kind: envelope.ToComponent, ID: id, Epoch: nameEpoch, Dest: dest.s.inst.ID}.Append(nil)
	b.locals[0].Arrive(Arrival{From: p, Epoch: nameEpoch, Bytes: append(m, raw...), Src: engine.Foreign})
	b.turn(0)
}

// wentTo says to which instance what was sent last went, and what it was.
func (o *others) wentTo(t *testing.T) (dest uint64, raw string) {
	t.Helper()
	if len(o.sent) == 0 {
		t.Fatal("nothing was sent to another node")
	}
	e, rest, ok := envelope.Open([]byte(o.sent[len(o.sent)-1]))
	if !ok || e.Kind != envelope.ToComponent {
		t.Fatalf("sent is %q", o.sent)
	}
	o.sent = nil
	return e.Dest, string(rest)
}

// Of components with one name on several nodes, none of which shares it, each gets the answers to what it has asked; all
// else goes to the one on the node itself, or to the oldest.
func TestAnswersFindWhoAskedThoughTheNameIsNotShared(t *testing.T) {
	for _, here := range []bool{true, false} {
		b := newBed(t, usual())
		o := clustered(b)
		third := directory.Peer{Node: "cccccccccc", Incarnation: 3}
		o.dir.SetNode(third)
		x := b.join(0, "x.example").joined()
		var bot *peer
		x.says(msg("x.example", "bot.example", "before")) // x remembers where the name led
		x.hears()
		if here {
			bot = b.join(0, "bot.example").joined()
			x.says(msg("x.example", "bot.example", "before"))
			bot.hears()
		}
		o.holders(holderOn(there, 2, nameEpoch), holderOn(third, 3, nameEpoch+1))

		toLocal := func(raw string) {
			t.Helper()
			x.says(raw)
			if here {
				bot.wants(raw)
			} else if dest, got := o.wentTo(t); dest != 2 || got != raw {
				t.Errorf("%s went to %d", got, dest)
			}
		}
		for _, asker := range []struct {
			peer directory.Peer
			id   uint64
		}{{third, 3}, {there, 2}, {third, 3}} {
			q := query("bot.example", "x.example", "q")
			b.asks(asker.peer, asker.id, x, q)
			x.wants(q)
			toLocal(msg("x.example", "bot.example", "between"))
			toLocal(query("x.example", "bot.example", "q"))
			x.says(answerTo("x.example", "bot.example", "q"))
			if dest, got := o.wentTo(t); dest != asker.id || got != answerTo("x.example", "bot.example", "q") {
				t.Errorf("here %v: %d asked, %d was answered with %s", here, asker.id, dest, got)
			}
			toLocal(answerTo("x.example", "bot.example", "q")) // nobody has asked any more
		}
		if !here {
			continue
		}
		// The last to ask with an id is who is answered, be he here.
		b.asks(third, 3, x, query("bot.example", "x.example", "q"))
		bot.says(query("bot.example", "x.example", "q"))
		if n := strings.Count(x.hears(), "<iq "); n != 2 {
			t.Errorf("x was asked %d times", n)
		}
		toLocal(answerTo("x.example", "bot.example", "q"))
		// And nobody else's: who is there no more is not waited for.
		b.asks(third, 3, x, query("bot.example", "x.example", "r"))
		x.hears()
		o.holders(holderOn(there, 2, nameEpoch))
		toLocal(answerTo("x.example", "bot.example", "r"))
		o.holders()
		toLocal(msg("x.example", "bot.example", "after"))
		if bot.s.local != x.s.local || x.s.to.dest != bot.s {
			t.Error("the only one that serves the name is not remembered as that")
		}
	}
}

// Nor is the answer missed where the name is shared here, and who has asked elsewhere does not share it.
func TestAnswersFindWhoAskedThoughItIsSharedHereOnly(t *testing.T) {
	c := usual()
	c.settings.Conflict = table.Balance
	b := newBed(t, c)
	o := clustered(b)
	x, bot := b.join(0, "x.example").joined(), b.join(0, "bot.example").joined()
	if !bot.s.inst.Balance {
		t.Fatal("the name is not shared")
	}
	o.holders(holderOn(there, 2, nameEpoch))
	q, r := query("bot.example", "x.example", "q"), answerTo("x.example", "bot.example", "q")
	b.asks(there, 2, x, q)
	x.wants(q)
	x.says(r)
	if dest, got := o.wentTo(t); dest != 2 || got != r {
		t.Errorf("%d was answered with %s", dest, got)
	}
	x.says(r) // nobody has asked any more
	bot.wants(r)
	bot.says(q)
	x.wants(q)
	x.says(r)
	bot.wants(r)
}
