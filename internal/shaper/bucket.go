// SPDX-License-Identifier: Apache-2.0

package shaper

import (
	"math/bits"
	"time"
)

const (
	// RateMax, bytes per second. A terabyte a second is no limit at all, and
	// a bound keeps the arithmetic far from its edges.
	RateMax = 1 << 40

	second = int64(time.Second)

	// bitesPerSecond bounds how often a saturated stream is read: a bite of
	// less than 10 ms worth of bytes costs a system call and a timer for
	// nothing that a peer could notice.
	bitesPerSecond = 100
)

// Bucket is a token bucket of size and rate `rate`. It is stored as the moment
// at which it will be full again: full - now is the time the missing bytes
// take, so that idling costs nothing and a second is exactly a bucket. The
// moment's fraction of a nanosecond is kept in units of 1/rate ns; nothing is
// ever rounded away.
//
// The zero Bucket shapes nothing: Max is unlimited, Spend never waits.
type Bucket struct {
	rate int64 // bytes per second; 0: not shaped
	full int64 // ns: when it is full again
	frac int64 // units of 1/rate ns beyond full, 0 <= frac < rate
}

// New returns a full bucket for rate bytes per second, 0 for none. It panics
// if rate is outside 0 to RateMax: configuration checks it.
func New(rate int, now int64) Bucket {
	if rate < 0 || rate > RateMax {
		panic("shaper: rate outside 0 to RateMax")
	}
	return Bucket{rate: int64(rate), full: now}
}

// Shaped says whether the bucket limits anything.
func (b *Bucket) Shaped() bool { return b.rate > 0 }

// Spend takes n bytes (0 <= n < 2^31, one read) that were read at now (ns,
// monotonic), and says how long reading must stop: exactly as long as the debt
// takes, rounded up to the nanosecond; 0 without a debt.
func (b *Bucket) Spend(now int64, n int) time.Duration {
	if b.rate == 0 {
		return 0
	}
	if b.full < now { // it was full some time ago; what flowed over is lost
		b.full, b.frac = now, 0
	}
	ns, frac := b.time(int64(n))
	b.full += ns
	b.frac = frac
	return time.Duration(max(0, b.missing(now)-second))
}

// Max is the bite: how many bytes may be read at now without overdrawing. It
// is 0 while less than 10 ms worth of bytes is there; Wait says how long that
// lasts.
func (b *Bucket) Max(now int64) int {
	if b.rate == 0 {
		return int(^uint(0) >> 1)
	}
	if n := b.tokens(now); n >= b.bite() {
		return int(n)
	}
	return 0
}

// Full says whether nothing is missing at now.
func (b *Bucket) Full(now int64) bool { return b.missing(now) == 0 }

// Wait says how long after now Max stays 0.
func (b *Bucket) Wait(now int64) time.Duration {
	if b.rate == 0 {
		return 0
	}
	// The bite is there once what is missing and the bite fill a second.
	quo, rem := b.time(b.bite())
	t := b.full - now - second + quo
	if rem > 0 {
		t++
	}
	return time.Duration(max(0, t))
}

// time is how long n bytes take on top of the fraction that stands: whole ns
// and the new fraction.
func (b *Bucket) time(n int64) (ns, frac int64) {
	hi, lo := bits.Mul64(uint64(n), uint64(second))
	lo, carry := bits.Add64(lo, uint64(b.frac), 0)
	quo, rem := bits.Div64(hi+carry, lo, uint64(b.rate))
	return int64(quo), int64(rem)
}

// bite is the smallest read worth making: 10 ms worth of bytes, at least one.
func (b *Bucket) bite() int64 { return max(1, b.rate/bitesPerSecond) }

// missing is the time in ns, rounded up, that the bucket takes to fill.
func (b *Bucket) missing(now int64) int64 {
	t := b.full - now
	if b.frac > 0 {
		t++
	}
	return max(0, t)
}

// tokens is the number of whole bytes in the bucket, 0 when it is in debt.
func (b *Bucket) tokens(now int64) int64 {
	there := second - b.missing(now) // ns worth of bytes, rounded down
	if there <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(there), uint64(b.rate))
	// The rounding of missing hides less than a nanosecond's bytes; they are
	// added back exactly: frac counts 1/rate ns, a nanosecond holds rate/1e9
	// bytes, so what missing rounded up is (rate-frac) units of 1e-9 byte.
	if b.frac > 0 && b.full >= now {
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(b.rate-b.frac), 0)
		hi += carry
	}
	quo, _ := bits.Div64(hi, lo, uint64(second))
	return int64(quo)
}
