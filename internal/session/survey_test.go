// SPDX-License-Identifier: Apache-2.0

package session

import (
	"testing"
	"time"

	"weir/engine/driver"
)

// pumped runs f, which waits for the loops, while the bed's loops turn.
func (b *bed) pumped(f func()) {
	done := make(chan struct{})
	go func() { f(); close(done) }()
	for {
		select {
		case <-done:
			return
		default:
			b.turn(time.Millisecond)
		}
	}
}

// Every component has one card, more than one chunk of them, on each loop; those that have no name yet have none.
func TestSurveyMeetsEverybodyOnce(t *testing.T) {
	c := usual()
	c.loops = 2
	c.hosts = []string{"one.host", "two.host"}
	b := newBed(t, c)
	const components = 3*surveyChunk + 1
	for i := range components {
		b.join(i%2, name(i)).joined()
	}
	sub := b.open(b.loops[0], b.lis)
	sub.negotiate("sub", " is_subdomain='true'").joined()
	b.connect(0) // has not said who it is
	from := b.join(0, "from.example").joined()
	from.says(msg("from.example", name(7), "1"))
	var cards []Card
	b.pumped(func() { cards = b.hub.Survey(true) })
	met := map[uint64]bool{}
	byName := map[string]Card{}
	for _, c := range cards {
		if met[c.ID] {
			t.Errorf("%s twice", c.Name)
		}
		met[c.ID] = true
		byName[c.Name] = c
	}
	if len(cards) != components+2 {
		t.Errorf("%d cards, want %d", len(cards), components+2)
	}
	if got := byName["sub"]; len(got.Names) != 2 || got.Names[0] != "sub.one.host" || !got.Subdomain {
		t.Errorf("%+v", got)
	}
	if in, out := byName["from.example"], byName[name(7)]; in.UnitsIn != 1 || out.UnitsOut != 1 || in.UnitsOut != 0 || out.BytesOut < 100 || in.BytesIn < 100 {
		t.Errorf("in %+v, out %+v", in, out)
	}
}

func name(i int) string { return string(rune('a'+i%26)) + string(rune('a'+i/26)) + ".example" }

// What a stream did that has ended is kept for one sample, if anybody samples, and never for more than leftMax.
func TestLeftAreKeptForOneSample(t *testing.T) {
	for _, keep := range []bool{false, true} {
		b := newBed(t, usual())
		b.hub.KeepLeft = keep
		p := b.join(0, "a.example").joined()
		p.says(msg("a.example", "a.example", "1"))
		p.says("</stream:stream>")
		p.ends(driver.End)
		var first, second []LoopSample
		b.pumped(func() { first, second = b.hub.SampleLoops(), b.hub.SampleLoops() })
		if !keep {
			if len(first[0].Left) != 0 {
				t.Errorf("kept for nobody: %+v", first[0].Left)
			}
			continue
		}
		if len(first[0].Left) != 1 || first[0].Left[0].Name != "a.example" || first[0].Left[0].UnitsIn != 1 || len(second[0].Left) != 0 {
			t.Errorf("first %+v, second %+v", first[0].Left, second[0].Left)
		}
		if first[0].Session.Ended["peer-closed"] != 1 {
			t.Errorf("ended: %v", first[0].Session.Ended)
		}
		lo := b.locals[0]
		lo.left = make([]Card, leftMax)
		q := b.join(0, "b.example").joined()
		q.says("</stream:stream>")
		q.ends(driver.End)
		if len(lo.left) != leftMax {
			t.Errorf("%d are kept", len(lo.left))
		}
	}
}
