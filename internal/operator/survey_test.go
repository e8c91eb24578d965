// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"fmt"
	"testing"

	"weir/engine/driver"
)

// Every component has one card, more than one chunk of them, on each loop; those that have no name yet have none.
func TestSurveyMeetsEverybodyOnce(t *testing.T) {
	b := newBed(t, 2, "one.host", "two.host")
	const components = 3*surveyChunk + 1
	for i := range components {
		b.join(i%2, name(i), "")
	}
	b.join(0, "sub", " is_subdomain='true'")
	b.connect(0) // has not said who it is
	from := b.join(0, "from.example", "")
	from.says("<message from='from.example' to='" + name(7) + "' id='1'><body>" + fmt.Sprintf("%100d", 1) + "</body></message>")
	var cards []Card
	b.asked(func() { cards = Survey(b.hub, true) })
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
	if got := byName["sub"]; len(got.Names) != 2 || got.Names[0] != "sub.one.host" || !got.Subdomain || got.Listener != "bed" {
		t.Errorf("%+v", got)
	}
	if in, out := byName["from.example"], byName[name(7)]; in.UnitsIn != 1 || out.UnitsOut != 1 || in.UnitsOut != 0 || out.BytesOut < 100 || in.BytesIn < 100 {
		t.Errorf("in %+v, out %+v", in, out)
	}
	if out := byName[name(7)]; out.Loop != 1 || out.Names[0] != name(7) || len(out.Held) != 0 || out.Behind != 0 {
		t.Errorf("%+v", out)
	}
}

func name(i int) string { return fmt.Sprintf("n%d.example", i) }

// A sample has what the loops have counted, and who has left since the last one.
func TestSample(t *testing.T) {
	b := newBed(t, 2)
	p := b.join(1, "a.example", "")
	p.says("<message from='a.example' to='a.example'/></stream:stream>")
	if p.hears() == "" {
		t.Error("it hears nothing")
	}
	p.h.loop.Data(p.slot, nil, driver.End)
	var first, second []LoopSample
	b.asked(func() { first, second = SampleLoops(b.engine), SampleLoops(b.engine) })
	if len(first) != 2 || first[0].ID != 0 || first[1].ID != 1 {
		t.Fatalf("%+v", first)
	}
	one := first[1]
	if one.Session.Accepted != 1 || one.Session.Ended["peer-closed"] != 1 || one.Engine.BytesIn == 0 || one.Connections != 0 {
		t.Errorf("%+v", one)
	}
	if len(one.Left) != 1 || one.Left[0].Name != "a.example" || one.Left[0].UnitsIn != 1 || len(second[1].Left) != 0 {
		t.Errorf("first %+v, second %+v", one.Left, second[1].Left)
	}
}
