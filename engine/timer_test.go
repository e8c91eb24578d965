// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"math/rand/v2"
	"testing"
)

// Timers under random arming, disarming and passing of time fire when they are
// due, in order, once.
func TestTimersFireInOrder(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 3))
		l := new(Loop)
		all := make([]Timer, 40)
		due := make(map[int]int64)
		now, last := int64(0), int64(0)
		for i := range all {
			all[i].Fire = func() {
				at, armed := due[i]
				if !armed || at > now || at < last {
					t.Fatalf("seed %d: timer %d, due %d (armed %v), fires at %d behind %d", seed, i, at, armed, now, last)
				}
				last = at
				delete(due, i)
				if rng.IntN(5) == 0 { // again, at once: in the next round
					l.Arm(&all[i], now+1)
					due[i] = now + 1
				}
			}
		}
		for range 400 {
			i := rng.IntN(len(all))
			switch rng.IntN(4) {
			case 0:
				l.Disarm(&all[i])
				delete(due, i)
			case 1:
				now += int64(rng.IntN(20))
				last = 0
				l.expire(now)
			default:
				due[i] = now + int64(rng.IntN(100))
				l.Arm(&all[i], due[i])
			}
			checkHeap(t, l, all, due)
		}
	}
}

func checkHeap(t *testing.T, l *Loop, all []Timer, due map[int]int64) {
	t.Helper()
	first := int64(0)
	for i := range all {
		at, armed := due[i]
		if all[i].Armed() != armed {
			t.Fatalf("timer %d is armed: %v", i, !armed)
		}
		if armed && (first == 0 || at < first) {
			first = at
		}
	}
	if len(due) > 0 && l.nextTimer() != first || len(l.timers) != len(due) {
		t.Fatalf("next of %d timers is %d, not %d of %d", len(l.timers), l.nextTimer(), first, len(due))
	}
	for i, x := range l.timers {
		if int(x.pos) != i+1 || i > 0 && l.timers[(i-1)/2].at > x.at {
			t.Fatalf("the heap is broken at %d", i)
		}
	}
}

// One that is always due does not hold the loop.
func TestTimerThatArmsItselfDoesNotHoldTheLoop(t *testing.T) {
	l := new(Loop)
	fired := 0
	var x Timer
	x.Fire = func() {
		fired++
		l.Arm(&x, 1)
	}
	l.Arm(&x, 1)
	l.expire(10)
	if fired != 1 {
		t.Errorf("it fired %d times in one batch", fired)
	}
}
