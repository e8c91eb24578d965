// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"fmt"
	"strings"
	"testing"
)

// A window may end before any byte, of a stanza that is walked where it was fed and of one that is carried: what is on
// both sides of the edge is read as if there were none. The inputs of most other tests are shorter than a window.
func TestVerdictDoesNotDependOnTheWindow(t *testing.T) {
	const begun = hdr + "<a><b c='d'>x" // fed before, in the carried case
	blanks, text := strings.Repeat(" ", windowBytes), strings.Repeat("x", windowBytes)
	stanzas := append([]string{"<a>\uFFFD\uFFFF</a>", "<a>]]></a>", "<a>é😀\xf0\x9f</a>", "<a></b>", "<a b='' b=''/>", "é", "<"}, seedStanzas...)
	for _, st := range stanzas {
		for at := range len(st) + 1 {
			if raceOn && at%5 != 0 {
				continue
			}
			place := hdr + blanks[:windowBytes-at-len(hdr)]
			sameWithout(t, []byte(place+st+"<iq/>"), nil, []int{len(place)})
			place = begun + text[:windowBytes-at]
			sameWithout(t, []byte(place+st+"</b></a><iq/>"), []int{len(begun)}, []int{len(begun), len(place)})
		}
	}
}

// sameWithout compares a play whose last feed has the edge of a window in it with one that is cut so that none has.
func sameWithout(t *testing.T, in []byte, with, without []int) {
	t.Helper()
	var plays [2]string
	for i, cuts := range [][]int{with, without} {
		plays[i] = perform(Config{}, in, func(at, rest int) int {
			for _, c := range cuts {
				if c > at {
					return c - at
				}
			}
			return rest
		}).String()
	}
	if plays[0] != plays[1] {
		tail := func(p string) string { return fmt.Sprintf("%.60s ... %s", p, p[max(0, len(p)-300):]) }
		t.Fatalf("... %q cut at %v\nwith an edge:\n%s\nwithout:\n%s", in[without[len(without)-1]:], with, tail(plays[0]), tail(plays[1]))
	}
}
