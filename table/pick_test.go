// SPDX-License-Identifier: Apache-2.0

package table

import (
	"fmt"
	"slices"
	"testing"
)

func senders(n int) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = fmt.Appendf(nil, "user%d@example.org", i)
	}
	return all
}

func instances(ids ...uint64) (all []*Instance) {
	for _, id := range ids {
		all = append(all, &Instance{ID: id, Balance: true})
	}
	return all
}

// idSets are the IDs that can really be met: consecutive ones, far apart ones, wide ones.
var idSets = map[string][]uint64{
	"two":         {1, 2},
	"consecutive": {1000, 1001, 1002, 1003, 1004},
	"sparse":      {7, 1 << 20, 1 << 40, 1<<63 + 1, 12345},
}

func TestPickMovesOnlyTheShareOfTheOneThatLeaves(t *testing.T) {
	for name, ids := range idSets {
		t.Run(name, func(t *testing.T) {
			all := newSet(instances(ids...)...)
			for _, leaver := range all.Instances {
				rest := all.without(leaver)
				for _, s := range senders(2000) {
					before, after := all.Pick(s), rest.Pick(s)
					if before != leaver && after != before {
						t.Fatalf("%s moved from %d to %d when %d left", s, before.ID, after.ID, leaver.ID)
					}
					if after == leaver || after == nil {
						t.Fatalf("%s went to %v when %d left", s, after, leaver.ID)
					}
				}
			}
		})
	}
}

func TestPickMovesOnlyToTheOneThatComes(t *testing.T) {
	few := newSet(instances(3, 4, 5)...)
	newcomer := &Instance{ID: 6}
	many := few.with(newcomer)
	for _, s := range senders(2000) {
		if before, after := few.Pick(s), many.Pick(s); after != before && after != newcomer {
			t.Fatalf("%s moved from %d to %d when %d came", s, before.ID, after.ID, newcomer.ID)
		}
	}
}

// Shares of 20,000 senders lie within 10 % of equal (five instances: 4,000 each, standard deviation 57).
func TestPickSharesEvenly(t *testing.T) {
	const n = 20000
	for name, ids := range idSets {
		t.Run(name, func(t *testing.T) {
			set := newSet(instances(ids...)...)
			share := map[*Instance]int{}
			for _, s := range senders(n) {
				share[set.Pick(s)]++
			}
			for _, i := range set.Instances {
				if even := n / len(ids); share[i] < even*9/10 || share[i] > even*11/10 {
					t.Errorf("instance %d has %d of %d, even would be %d", i.ID, share[i], n, even)
				}
			}
		})
	}
}

// The share of one that leaves is spread over all that stay, not given to a neighbour.
func TestPickSpreadsTheShareOfTheOneThatLeaves(t *testing.T) {
	all := newSet(instances(1, 2, 3, 4)...)
	leaver := all.Instances[1]
	rest := all.without(leaver)
	heirs := map[uint64]int{}
	for _, s := range senders(12000) {
		if all.Pick(s) == leaver {
			heirs[rest.Pick(s).ID]++
		}
	}
	for _, i := range rest.Instances {
		if heirs[i.ID] < 800 || heirs[i.ID] > 1200 {
			t.Errorf("instance %d inherits %d of about 3000, want about 1000", i.ID, heirs[i.ID])
		}
	}
}

func TestPickDoesNotDependOnTheOrderOfTheSet(t *testing.T) {
	a := instances(5, 6, 7, 8)
	b := slices.Clone(a)
	slices.Reverse(b)
	for _, s := range senders(500) {
		if newSet(a...).Pick(s) != newSet(b...).Pick(s) {
			t.Fatalf("%s depends on the order", s)
		}
	}
}

// An upgrade in place, or another node with the same instances, must come to the same answer: the function is fixed.
func TestPickIsTheSameInEveryProcess(t *testing.T) {
	set := newSet(instances(1, 2, 3, 4, 5, 6, 7, 8)...)
	var got []uint64
	for _, s := range senders(12) {
		got = append(got, set.Pick(s).ID)
	}
	want := []uint64{1, 4, 7, 5, 1, 5, 3, 6, 8, 8, 5, 7}
	if !slices.Equal(got, want) {
		t.Errorf("picked %v, want %v", got, want)
	}
}

func TestPickOfOneAndNone(t *testing.T) {
	one := instances(1)[0]
	if newSet(one).Pick(nil) != one || goneSet.Pick([]byte("x")) != nil {
		t.Error("one or none is not picked")
	}
	if newSet(instances(1, 2)...).Pick(nil) == nil {
		t.Error("a sender without an address is served by nobody")
	}
}
