// SPDX-License-Identifier: Apache-2.0

package report

// bars is one figure for each server, from zero on: lengths can be compared.
type bars struct {
	Title string
	Unit  string
	Bars  []bar
}

type bar struct {
	Server string
	Colour int     // of the server
	Width  float64 // percent of the longest
	Value  string
	Note   string // a second figure, or why there is none
}

// add puts in a bar; widths are settled by scale.
func (b *bars) add(server string, colour int, value float64, text, note string) {
	b.Bars = append(b.Bars, bar{server, colour, value, text, note})
}

// scale turns values into percent of the largest.
func (b *bars) scale() {
	most := 0.0
	for _, x := range b.Bars {
		most = max(most, x.Width)
	}
	if most == 0 {
		return
	}
	for i := range b.Bars {
		b.Bars[i].Width *= 100 / most
	}
}
