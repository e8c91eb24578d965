// SPDX-License-Identifier: Apache-2.0

package session

import "weir/engine"

// departedMax is of how many ended streams a loop keeps what they did.
const departedMax = 1024

// Departed is what a component's stream has done that has ended.
type Departed struct {
	ID        uint64 // the instance's
	Name      string
	Subdomain bool
	engine.Tally
}

// noteDeparture keeps what a stream has done that ends.
func (lo *Local) noteDeparture(s *Session) {
	if s.inst != nil && lo.hub.KeepDeparted && len(lo.departed) < departedMax {
		lo.departed = append(lo.departed, Departed{ID: s.inst.ID, Name: s.Name(), Subdomain: s.Subdomain(), Tally: s.conn.Tally()})
	}
}

// TakeDeparted gives those whose streams have ended since it was last asked. It runs
// on the loop.
func (lo *Local) TakeDeparted() []Departed {
	all := lo.departed
	lo.departed = nil
	return all
}
