// SPDX-License-Identifier: Apache-2.0

package client

import "testing"

// Stanzas are meant to be sent at even distances, in bursts that go to one lane
// after the other; the time of each follows from its lane and number alone.
func TestScheduleTimes(t *testing.T) {
	for _, c := range []struct {
		lanes, burst int
		want         [][]int64 // by lane, of its stanzas
	}{
		{1, 1, [][]int64{{0, 10, 20, 30}}},
		{2, 1, [][]int64{{0, 20, 40}, {10, 30, 50}}},
		{2, 3, [][]int64{{0, 0, 0, 60, 60, 60, 120}, {30, 30, 30, 90}}},
	} {
		s := &schedule{start: 1000, interval: 10, lanes: make([]*lane, c.lanes), burst: c.burst}
		for lane, times := range c.want {
			for n, want := range times {
				if got := s.of(lane, uint64(n)) - s.start; got != want {
					t.Errorf("%d lanes, bursts of %d: stanza %d of lane %d at %d, want %d", c.lanes, c.burst, n, lane, got, want)
				}
			}
		}
	}
}

// What owe gives to the lanes by a time is what of says is due by then.
func TestOweFollowsSchedule(t *testing.T) {
	l := &loop{fleet: &Fleet{}, sched: &schedule{interval: 10, burst: 2}}
	for i := range 3 {
		l.sched.lanes = append(l.sched.lanes, &lane{index: i, from: &conn{}})
	}
	for l.now = 0; l.now <= 500; l.now += 7 {
		l.owe()
		for i, ln := range l.sched.lanes {
			if s := l.sched; ln.owed > 0 && s.of(i, ln.owed-1) > l.now || s.of(i, ln.owed) <= l.now {
				t.Fatalf("at %d lane %d is owed %d", l.now, i, ln.owed)
			}
		}
	}
}
