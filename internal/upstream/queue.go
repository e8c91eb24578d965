// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"sync/atomic"
	"time"

	"weir/internal/session"
)

// queue is stanzas that wait, oldest first. It is guarded by its name's mutex.
type queue struct {
	units []held
	bytes int
	total *atomic.Int64 // bytes of all queues, see Manager.room
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
	q.add(held{u, time.Now()})
	return q.trim(max)
}

func (q *queue) add(h held) {
	q.units = append(q.units, h)
	q.grow(h.cost())
}

// grow accounts for n bytes more.
func (q *queue) grow(n int) {
	q.bytes += n
	q.total.Add(int64(n))
}

// prepend puts stanzas before all others: they were on their way before these. What
// is beyond the room there is for them is taken out as what is beyond max.
func (q *queue) prepend(units []held, max int, room int64) (over []session.Unit) {
	need := int64(0)
	for i := range units {
		need += int64(units[i].cost())
	}
	for len(units) > 0 && need > room {
		need -= int64(units[0].cost())
		over = append(over, units[0].Unit)
		units = units[1:]
	}
	all := make([]held, 0, len(units)+len(q.units))
	q.units = append(append(all, units...), q.units...)
	q.grow(int(need))
	return append(over, q.trim(max)...)
}

// since are stanzas that wait from a time on.
func since(units []session.Unit, t time.Time) []held {
	all := make([]held, 0, len(units))
	for _, u := range units {
		all = append(all, held{u, t})
	}
	return all
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
	q.grow(-h.cost())
	return h.Unit
}

// forget empties the queue without answers: it goes on elsewhere.
func (q *queue) forget() {
	q.grow(-q.bytes)
	q.units = nil
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
