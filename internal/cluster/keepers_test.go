// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"testing"

	"weir/internal/cluster/directory"
	"weir/internal/session"
	"weir/table"
)

// knowsAll is servers that know every name.
type knowsAll struct{ session.Upstream }

func (knowsAll) Knows(string) bool { return true }

// The node with an older claim of a name that is served here holds its links, whether either of the two shares the name or not.
func TestKeepersAreFoundWhetherTheyShareOrNot(t *testing.T) {
	us, them := directory.Peer{Node: "bbbbbbbbbb", Incarnation: 1}, directory.Peer{Node: "aaaaaaaaaa", Incarnation: 1}
	const name = "bot.example"
	for _, here := range []table.Policy{table.Disconnect, table.Balance} {
		for _, shares := range []bool{false, true} {
			n := &Node{Options: Options{Dir: directory.New(us), Hub: &session.Hub{Table: table.New()}}}
			n.Hub.SetRules(&session.Rules{Upstream: knowsAll{}})
			n.Dir.SetNode(them)
			if _, err := n.Hub.Table.Register(table.Request{Names: []string{name}, Instance: &table.Instance{ID: 1}, Policy: here}); err != nil {
				t.Fatal(err)
			}
			for _, older := range []bool{false, true} {
				theirs := uint64(3)
				if older {
					theirs = 1
				}
				n.Dir.Update(name, []directory.Holder{{Peer: us, ID: 1, Epoch: 2, Balance: here == table.Balance}, {Peer: them, ID: 2, Epoch: theirs, Balance: shares}})
				var away []*table.Instance
				if shares {
					away = append(away, &table.Instance{ID: 2})
				}
				n.Hub.Table.SetAway(name, func() ([]*table.Instance, bool) { return away, true })
				if found := len(n.keepers()[them]) == 1; found != older {
					t.Errorf("%v here, shared there: %v, the claim there is older: %v; found: %v", here, shares, older, found)
				}
			}
		}
	}
}
