// SPDX-License-Identifier: Apache-2.0

package engine

// Timer calls a function on its loop's goroutine at a given time. The zero
// Timer is disarmed; set Fire before arming. It is owned by the loop on which it
// is armed, and must not be copied while armed.
type Timer struct {
	Fire func()
	at   int64
	pos  int32 // 1 + index in the heap; 0: not armed
}

// Armed says whether the timer waits.
func (t *Timer) Armed() bool { return t.pos != 0 }

// timers is a binary heap by time. Every timer knows its place, so it can be
// moved and taken out: deadlines are mostly met and rarely fire.
type timers []*Timer

// Arm sets t to fire at the given time of Now, in place of an earlier setting.
func (l *Loop) Arm(t *Timer, at int64) {
	h := &l.timers
	t.at = at
	if t.pos == 0 {
		*h = append(*h, t)
		t.pos = int32(len(*h))
	}
	h.fix(int(t.pos) - 1)
}

// Disarm takes t back; it does nothing to a timer that does not wait.
func (l *Loop) Disarm(t *Timer) {
	if t.pos != 0 {
		l.timers.remove(int(t.pos) - 1)
	}
}

// expire fires what is due, at most as many timers as there were when it began:
// one that arms itself again cannot hold the loop.
func (l *Loop) expire(now int64) {
	for n := len(l.timers); n > 0 && len(l.timers) > 0 && l.timers[0].at <= now; n-- {
		t := l.timers[0]
		l.timers.remove(0)
		t.Fire()
	}
}

// nextTimer is when the first timer is due; 0 when none waits.
func (l *Loop) nextTimer() int64 {
	if len(l.timers) == 0 {
		return 0
	}
	return l.timers[0].at
}

func (h *timers) remove(i int) {
	old := *h
	old[i].pos = 0
	last := len(old) - 1
	moved := old[last]
	old[last] = nil
	*h = old[:last]
	if i < last {
		old[i] = moved
		moved.pos = int32(i + 1)
		h.fix(i)
	}
}

// fix moves the timer at i to where its time belongs.
func (h timers) fix(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if h[parent].at <= h[i].at {
			break
		}
		h.swap(i, parent)
		i = parent
	}
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if right := child + 1; right < len(h) && h[right].at < h[child].at {
			child = right
		}
		if h[i].at <= h[child].at {
			return
		}
		h.swap(i, child)
		i = child
	}
}

func (h timers) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].pos, h[j].pos = int32(i+1), int32(j+1)
}
