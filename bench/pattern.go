// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"

	"weir/bench/traffic"
)

// Pattern says who sends to whom.
type Pattern string

const (
	Pairs    Pattern = "pairs"      // component 2i to component 2i+1
	Both     Pattern = "both"       // as pairs, in both directions
	FanIn    Pattern = "fan-in"     // components 1 to N to component 0
	FanOut   Pattern = "fan-out"    // component 0 to components 1 to N
	AllToAll Pattern = "all-to-all" // each of N components to every other
)

// Patterns lists them all.
var Patterns = []Pattern{Pairs, Both, FanIn, FanOut, AllToAll}

// route is one flow of a pattern, by component number.
type route struct{ from, to int }

// routes gives the components and flows of a pattern of size n.
func (p Pattern) routes(n int) (components int, flows []route, err error) {
	switch p {
	case Pairs, Both, "":
		for i := range n {
			flows = append(flows, route{2 * i, 2*i + 1})
			if p == Both {
				flows = append(flows, route{2*i + 1, 2 * i})
			}
		}
		components = 2 * n
	case FanIn, FanOut:
		for i := range n {
			if p == FanIn {
				flows = append(flows, route{i + 1, 0})
			} else {
				flows = append(flows, route{0, i + 1})
			}
		}
		components = n + 1
	case AllToAll:
		for i := range n * n {
			if i/n != i%n {
				flows = append(flows, route{i / n, i % n})
			}
		}
		components = n
	default:
		return 0, nil, fmt.Errorf("pattern %q is not known; there are %v", p, Patterns)
	}
	if len(flows) == 0 || len(flows) > traffic.MaxFlows {
		return 0, nil, fmt.Errorf("%d flows; allowed are 1 to %d", len(flows), traffic.MaxFlows)
	}
	return components, flows, nil
}
