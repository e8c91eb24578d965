// SPDX-License-Identifier: Apache-2.0

package flow

import "slices"

// Standing is how a gate's sources stand beside their debts: those that are held,
// and those whose lease is over.
type Standing struct{ Leased, Refused []uint32 }

// Standing is that of a gate now.
func (g *Gate) Standing() (s Standing) {
	for src, d := range g.debts {
		switch {
		case d.leased:
			s.Leased = append(s.Leased, src)
		case d.refused:
			s.Refused = append(s.Refused, src)
		}
	}
	slices.Sort(s.Leased)
	slices.Sort(s.Refused)
	return s
}

// Stand has sources stand as they did at a gate of before.
func (g *Gate) Stand(s Standing) {
	for _, src := range s.Leased {
		g.debt(src).leased = true
	}
	for _, src := range s.Refused {
		g.debt(src).refused = true
	}
}
