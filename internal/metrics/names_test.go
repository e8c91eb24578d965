// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"fmt"
	"math"
	"testing"
	"time"

	"weir/engine"
	"weir/internal/operator"
)

// at reads a name's series: its own, or none.
func (n *Names) at(name string) (found *named) {
	n.each(func(is string, s *named) {
		if is == name {
			found = s
		}
	})
	return found
}

func card(id uint64, name string, units uint32) operator.Card {
	return operator.Card{ID: id, Name: name, Tally: engine.Tally{UnitsIn: units, BytesIn: int64(units) * 100}}
}

func left(cards ...operator.Card) []operator.LoopSample { return []operator.LoopSample{{Left: cards}} }

var noon = time.Unix(1_000_000, 0)

// Streams of one name come and go; its series only grows.
func TestNameSurvivesItsStreams(t *testing.T) {
	n := NewNames()
	for i, step := range []struct {
		s    Sample
		want int64
	}{
		{Sample{Components: []operator.Card{card(1, "a", 10)}}, 10},
		{Sample{Components: []operator.Card{card(1, "a", 15)}}, 15},
		{Sample{Loops: left(card(1, "a", 18)), Components: []operator.Card{card(2, "a", 4)}}, 22},
		{Sample{Components: []operator.Card{card(2, "a", 5), card(3, "a", 1)}}, 24},
		{Sample{Loops: left(card(2, "a", 5), card(3, "a", 2))}, 25},
		{Sample{}, 25},
		{Sample{Loops: left(card(4, "a", 7))}, 32}, // came and went between two samples
	} {
		n.Add(&step.s, noon)
		if got := n.at("a"); got.unitsIn != step.want || got.bytesIn != 100*step.want || got.streams != int64(len(step.s.Components)) {
			t.Errorf("step %d: %+v, want %d units", i, got, step.want)
		}
	}
}

// Units are counted modulo 2^32.
func TestNameWrapsAround(t *testing.T) {
	n := NewNames()
	n.Add(&Sample{Components: []operator.Card{{ID: 1, Name: "a", Tally: engine.Tally{UnitsIn: math.MaxUint32 - 1}}}}, noon)
	n.Add(&Sample{Components: []operator.Card{{ID: 1, Name: "a", Tally: engine.Tally{UnitsIn: 3}}}}, noon)
	if got, want := n.at("a").unitsIn, int64(math.MaxUint32)+4; got != want {
		t.Errorf("%d, want %d", got, want)
	}
}

// The busiest have their own series, and whoever has one keeps it; the rest is
// one sum that never falls.
func TestNamesAreBounded(t *testing.T) {
	n := NewNames()
	sample := func(factor uint32) *Sample {
		s := new(Sample)
		for i := range uint32(3 * namesMax) {
			s.Components = append(s.Components, card(uint64(i), fmt.Sprintf("c%03d", i), i*factor))
		}
		return s
	}
	n.Add(sample(1), noon)
	s := sample(2)
	s.Components[0].UnitsIn = 1 << 30 // the quietest is now the busiest
	n.Add(s, noon)
	count, sum := 0, int64(0)
	n.each(func(_ string, s *named) { count++; sum += s.unitsIn })
	if count != namesMax+1 {
		t.Errorf("%d series, want %d", count, namesMax+1)
	}
	want := int64(1 << 30)
	for i := range int64(3 * namesMax) {
		want += 2 * i
	}
	if sum != want {
		t.Errorf("all series together are %d, want %d", sum, want)
	}
	if n.at("c299") == nil || n.at("c200") == nil || n.at("c199") != nil || n.at("c000") != nil {
		t.Error("not the busiest have series")
	}
	if rest := n.at(Rest); rest.streams != 2*namesMax {
		t.Errorf("the rest has %d streams", rest.streams)
	}
}

// A name that has been gone for long makes room, and its past is in no sum.
func TestNamesMakeRoom(t *testing.T) {
	n := NewNames()
	s := new(Sample)
	for i := range uint32(namesMax) {
		s.Components = append(s.Components, card(uint64(i), fmt.Sprint("old", i), 5))
	}
	n.Add(s, noon)
	newcomer := &Sample{Components: []operator.Card{card(1000, "new", 7)}}
	n.Add(newcomer, noon.Add(nameKept))
	if n.at("new") != nil || n.at(Rest).unitsIn != 7 {
		t.Error("room was made too early")
	}
	n.Add(newcomer, noon.Add(nameKept+time.Second))
	if n.at("new") == nil || n.at("old0") != nil || n.at(Rest).unitsIn != 7 {
		t.Errorf("no room was made: rest %+v", n.at(Rest))
	}
}

// What is remembered of streams is what there are, not what there were.
func TestNamesForgetStreams(t *testing.T) {
	n := NewNames()
	for id := range uint64(1000) {
		n.Add(&Sample{Components: []operator.Card{card(id, "a", 1)}}, noon)
	}
	if len(n.last) != 1 {
		t.Errorf("%d streams are remembered", len(n.last))
	}
}
