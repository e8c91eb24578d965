// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"time"

	"weir/internal/session"
)

// queue is stanzas that wait, oldest first. It is guarded by its name's mutex.
type queue struct {
	units []held
	bytes int
}

type held struct {
	session.Unit
	since time.Time
}

// unitBytes is what a waiting stanza costs beside its own bytes.
const unitBytes = 96

func (u *held) cost() int { return len(u.Raw) + unitBytes }

// push puts a stanza at the end. What is beyond max bytes then is taken out, from
// the front: the oldest is answered first.
func (q *queue) push(u session.Unit, max int) (over []session.Unit) {
	h := held{u, time.Now()}
	q.units = append(q.units, h)
	q.bytes += h.cost()
	return q.trim(max)
}

// prepend puts stanzas before all others: they were on their way before these.
func (q *queue) prepend(units []session.Unit, max int) (over []session.Unit) {
	now := time.Now()
	all := make([]held, 0, len(units)+len(q.units))
	for _, u := range units {
		all = append(all, held{u, now})
		q.bytes += all[len(all)-1].cost()
	}
	q.units = append(all, q.units...)
	return q.trim(max)
}

func (q *queue) trim(max int) (over []session.Unit) {
	for q.bytes > max && len(q.units) > 0 {
		over = append(over, q.pop())
	}
	return over
}

func (q *queue) pop() session.Unit {
	h := q.units[0]
	q.units[0] = held{}
	q.units = q.units[1:]
	q.bytes -= h.cost()
	return h.Unit
}

// takeAll empties the queue.
func (q *queue) takeAll() (all []session.Unit) {
	for len(q.units) > 0 {
		all = append(all, q.pop())
	}
	q.units = nil
	return all
}

// expired takes out what has waited for so long.
func (q *queue) expired(age time.Duration) (old []session.Unit) {
	now := time.Now()
	for len(q.units) > 0 && now.Sub(q.units[0].since) >= age {
		old = append(old, q.pop())
	}
	return old
}

// age is for how long the oldest has waited; 0 when nothing does.
func (q *queue) age() time.Duration {
	if len(q.units) == 0 {
		return 0
	}
	return time.Since(q.units[0].since)
}

// next is when the oldest will have waited for so long, from now; false when
// nothing waits.
func (q *queue) next(age time.Duration) (time.Duration, bool) {
	if len(q.units) == 0 {
		return 0, false
	}
	return max(time.Until(q.units[0].since.Add(age)), 0), true
}
