// SPDX-License-Identifier: Apache-2.0

package traffic

import (
	"fmt"
	"math/rand/v2"
)

const (
	// orderLen is after how many stanzas the order of shapes repeats. A power of
	// two; large enough to hold one of a shape that is a thousandth of the mix.
	orderLen = 1024
	// shapesMax leaves the most frequent shape places enough when the others are
	// rounded up to one.
	shapesMax = 100
	// noiseTurn is how many different texts there are for one length.
	noiseTurn = 1024

	noiseChars = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789"
)

// Script fixes the traffic of a run: which shape each number has, and its text.
// Immutable; safe for concurrent use.
type Script struct {
	shapes []shapeParts
	order  [orderLen]uint16 // number modulo orderLen to shape
	noise  []byte
	seed   uint64
}

type shapeParts struct {
	name  string
	parts []part
}

// NewScript makes a script of the given shapes. The seed makes the tokens of one
// run different from those of any other; order and text do not depend on it, so
// that runs can be compared.
func NewScript(shapes []Shape, seed uint64) (*Script, error) {
	s := &Script{seed: seed}
	longest, total := 0, 0
	for _, shape := range shapes {
		if err := shape.Check(); err != nil {
			return nil, fmt.Errorf("shape %q: %w", shape.Name, err)
		}
		parts, err := shape.parts()
		if err != nil {
			return nil, fmt.Errorf("shape %q: %w", shape.Name, err)
		}
		for _, p := range parts {
			longest = max(longest, p.noise)
		}
		s.shapes = append(s.shapes, shapeParts{shape.Name, parts})
		total += shape.Weight
	}
	if len(shapes) == 0 || len(shapes) > shapesMax {
		return nil, fmt.Errorf("there are %d shapes, allowed are 1 to %d", len(shapes), shapesMax)
	}
	fixed := rand.New(rand.NewPCG(1, 2))
	s.deal(shapes, total, fixed)
	s.noise = make([]byte, noiseTurn+longest)
	for i := range s.noise {
		s.noise[i] = noiseChars[fixed.IntN(len(noiseChars))]
	}
	return s, nil
}

// deal gives every shape its share of the order, at least one place, shuffled.
// What rounding leaves over or takes too much is the most frequent shape's.
func (s *Script) deal(shapes []Shape, total int, fixed *rand.Rand) {
	places := make([]int, len(shapes))
	left, most := orderLen, 0
	for i, shape := range shapes {
		places[i] = max(1, shape.Weight*orderLen/total)
		left -= places[i]
		if shape.Weight > shapes[most].Weight {
			most = i
		}
	}
	places[most] += left
	at := 0
	for i, n := range places {
		for range n {
			s.order[at] = uint16(i)
			at++
		}
	}
	fixed.Shuffle(orderLen, func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
}

// shapeOf gives the shape of a number.
func (s *Script) shapeOf(n uint64) int { return int(s.order[n%orderLen]) }

// noiseOf gives the text of a number; as much of it is used as the shape wants.
func (s *Script) noiseOf(flow uint32, n uint64) []byte {
	return s.noise[(uint32(n)*37+flow*101)%noiseTurn:]
}

// MeanSize gives the mean length of a stanza in bytes, for flows with addresses
// as long as these.
func (s *Script) MeanSize(from, to string) float64 {
	var sum int
	size := make([]int, len(s.shapes))
	for i, shape := range s.shapes {
		size[i] = len(newForm(shape.parts, from, to).text)
	}
	for _, i := range s.order {
		sum += size[i]
	}
	return float64(sum) / orderLen
}
