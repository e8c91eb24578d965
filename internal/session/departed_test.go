// SPDX-License-Identifier: Apache-2.0

package session

import (
	"testing"

	"weir/engine/driver"
)

// What a stream did that has ended is kept until somebody asks, if anybody does, and never for more than departedMax.
func TestDepartedAreKeptOnce(t *testing.T) {
	for _, keep := range []bool{false, true} {
		b := newBed(t, usual())
		b.hub.KeepDeparted = keep
		leaves := func(name string) {
			p := b.join(0, name).joined()
			p.says(msg(name, name, "1"))
			p.says("</stream:stream>")
			p.ends(driver.End)
		}
		leaves("a.example")
		lo := b.locals[0]
		first, second := lo.TakeDeparted(), lo.TakeDeparted()
		if !keep {
			if len(first) != 0 {
				t.Errorf("kept for nobody: %+v", first)
			}
			continue
		}
		if len(first) != 1 || first[0].Name != "a.example" || first[0].UnitsIn != 1 || len(second) != 0 {
			t.Errorf("first %+v, second %+v", first, second)
		}
		lo.departed = make([]Departed, departedMax)
		leaves("b.example")
		if len(lo.departed) != departedMax {
			t.Errorf("%d are kept", len(lo.departed))
		}
	}
}
