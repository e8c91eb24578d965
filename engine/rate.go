// SPDX-License-Identifier: Apache-2.0

package engine

import "time"

// rate says how fast connections are accepted: so many a second, and so many at
// once after a second of rest. It is guarded by its Limit's lock.
type rate struct {
	each int64 // nanoseconds between two; 0: as fast as they come
	full int64 // when a whole second's worth is there again
}

func newRate(perSecond int) rate {
	if perSecond == 0 {
		return rate{}
	}
	return rate{each: max(1, int64(time.Second)/int64(perSecond))}
}

// take takes one, or says how long to wait for it.
func (r *rate) take(now int64) (wait int64) {
	if r.each == 0 {
		return 0
	}
	full := max(r.full, now) + r.each
	if wait = full - now - int64(time.Second); wait > 0 {
		return wait
	}
	r.full = full
	return 0
}

// give gives back one that nobody has used.
func (r *rate) give() { r.full -= r.each }
