// SPDX-License-Identifier: Apache-2.0

package shaper

import (
	"math/big"
	"math/rand/v2"
	"testing"
	"time"
)

const ms = int64(time.Millisecond)

func TestStartsFullWithSizeEqualToRate(t *testing.T) {
	b := New(1000, 0)
	if got := b.Max(0); got != 1000 {
		t.Fatalf("Max at the start = %d, want 1000", got)
	}
	if wait := b.Spend(0, 1000); wait != 0 {
		t.Fatalf("spending a full bucket waits %v", wait)
	}
	if got := b.Max(0); got != 0 {
		t.Fatalf("Max of an empty bucket = %d", got)
	}
}

// An idle stream gains one bucket and no more.
func TestIdleFillsOnlyToTheSize(t *testing.T) {
	b := New(1000, 0)
	b.Spend(0, 1000)
	hour := int64(time.Hour)
	if got := b.Max(hour); got != 1000 {
		t.Fatalf("Max after an hour = %d, want 1000", got)
	}
	if wait := b.Spend(hour, 1500); wait != 500*time.Millisecond {
		t.Fatalf("wait = %v, want 500ms", wait)
	}
}

func TestOverdraftWaits(t *testing.T) {
	for _, c := range []struct {
		name   string
		rate   int
		spends []int         // all at time 0
		want   time.Duration // after the last
	}{
		{"nothing read", 1000, []int{0}, 0},
		{"within the bucket", 1000, []int{999}, 0},
		{"exactly the bucket", 1000, []int{1000}, 0},
		{"one byte over", 1000, []int{1001}, time.Millisecond},
		{"five buckets", 1000, []int{5000}, 4 * time.Second},
		{"in two reads", 1000, []int{600, 600}, 200 * time.Millisecond},
		{"a third of a nanosecond is rounded up", 3, []int{4}, 333333334},
		{"but not kept", 3, []int{4, 1, 1}, time.Second},
		{"one byte a second", 1, []int{61}, time.Minute},
		{"faster than a byte a nanosecond", 4_000_000_000, []int{2_000_000_000, 2_000_000_000, 1}, 1},
		{"the largest rate", RateMax, []int{1 << 30}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := New(c.rate, 0)
			var got time.Duration
			for _, n := range c.spends {
				got = b.Spend(0, n)
			}
			if got != c.want {
				t.Fatalf("wait = %d ns, want %d ns", got, c.want)
			}
		})
	}
}

// MongooseIM's own bucket delays a burst after a long idle time once it was
// overdrawn (a slip of units in its library); ours does not.
func TestOverdraftIsForgottenOncePaid(t *testing.T) {
	b := New(10000, 0)
	if wait := b.Spend(0, 15000); wait != 500*time.Millisecond {
		t.Fatalf("first wait = %v", wait)
	}
	if wait := b.Spend(10*second, 5000); wait != 0 {
		t.Fatalf("ten seconds later 5000 bytes wait %v", wait)
	}
}

func TestWaitEndsWhenMaxBegins(t *testing.T) {
	for _, rate := range []int{1, 3, 7, 99, 101, 1000, 50000, 1<<31 - 1, 1 << 40} {
		b := New(rate, 0)
		now := int64(0)
		for range 1000 {
			wait := b.Wait(now)
			if (wait == 0) != (b.Max(now) > 0) {
				t.Fatalf("rate %d at %d: Wait %d but Max %d", rate, now, wait, b.Max(now))
			}
			if wait > 0 {
				if b.Max(now+int64(wait)) == 0 {
					t.Fatalf("rate %d: Max is 0 after its Wait of %d", rate, wait)
				}
				if b.Max(now+int64(wait)-1) != 0 {
					t.Fatalf("rate %d: Wait of %d is a nanosecond too long", rate, wait)
				}
			}
			now += int64(wait)
			b.Spend(now, min(b.Max(now), 1<<20))
		}
	}
}

// For any schedule of bites, what was read up to t is at most rate*t + rate.
func TestReadInBitesNeverOverdraws(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		rate := 1 + rnd.IntN(1<<(1+rnd.IntN(20)))
		b := New(rate, 0)
		var now, read int64
		for range 400 {
			now += rnd.Int64N(20 * ms)
			if n := b.Max(now); n > 0 {
				n = 1 + rnd.IntN(n)
				read += int64(n)
				if wait := b.Spend(now, n); wait != 0 {
					t.Fatalf("rate %d: a bite of Max bytes waits %v", rate, wait)
				}
			}
			if exceeds(read, int64(rate), now, 0) {
				t.Fatalf("rate %d: %d bytes after %d ns", rate, read, now)
			}
		}
	}
}

// A driver that cannot measure reads a whole buffer: then one read, and only
// one, may lie beyond, and the wait is exact against rational arithmetic.
func TestOverdrawnByAtMostOneReadAndExactly(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	const readMax = 64 << 10
	for range 300 {
		rate := 1 + rnd.IntN(1<<(1+rnd.IntN(24)))
		b, m := New(rate, 0), newModel(rate)
		var now, read int64
		for range 400 {
			now += rnd.Int64N(50 * ms)
			n := rnd.IntN(readMax)
			read += int64(n)
			wait := b.Spend(now, n)
			if want := m.spend(now, n); int64(wait) != want {
				t.Fatalf("rate %d at %d: wait %d, want %d", rate, now, wait, want)
			}
			if exceeds(read, int64(rate), now, readMax) {
				t.Fatalf("rate %d: %d bytes after %d ns", rate, read, now)
			}
			now += int64(wait)
		}
	}
}

// A stream that is always ready to be read gets its rate to the byte, however
// oddly a nanosecond divides it.
func TestLongRunRateIsExact(t *testing.T) {
	for _, rate := range []int{1, 3, 7, 13, 997, 16384, 49999, 1_000_003} {
		b := New(rate, 0)
		var now, read int64
		const hours = int64(3 * time.Hour)
		n := max(1, rate/3)
		for now <= hours {
			read += int64(n)
			now += int64(b.Spend(now, n))
		}
		// The last read started the wait that ended after the three hours.
		low := int64(rate) * (hours / second)
		if high := low + int64(rate) + 2*int64(n); read < low || read > high {
			t.Errorf("rate %d: %d bytes in three hours, want %d to %d", rate, read, low, high)
		}
	}
}

func TestZeroBucketShapesNothing(t *testing.T) {
	var b Bucket
	if b.Shaped() || b.Spend(5, 1<<30) != 0 || b.Wait(5) != 0 || b.Max(5) < 1<<40 {
		t.Fatal("the zero Bucket limits something")
	}
}

func TestNewPanicsOutsideItsRange(t *testing.T) {
	for _, rate := range []int{-1, RateMax + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("New(%d) did not panic", rate)
				}
			}()
			New(rate, 0)
		}()
	}
}

// exceeds says whether read > rate*(now seconds) + rate + slack.
func exceeds(read, rate, now, slack int64) bool {
	limit := new(big.Int).Mul(big.NewInt(rate), big.NewInt(now+second))
	return new(big.Int).Mul(big.NewInt(read-slack), big.NewInt(second)).Cmp(limit) > 0
}

// model is the definition: tokens as a rational number.
type model struct {
	rate, tokens *big.Rat
	at           int64
}

func newModel(rate int) *model {
	r := big.NewRat(int64(rate), 1)
	return &model{rate: r, tokens: new(big.Rat).Set(r)}
}

func (m *model) spend(now int64, n int) (wait int64) {
	gained := new(big.Rat).Mul(m.rate, big.NewRat(now-m.at, second))
	m.at = now
	m.tokens.Add(m.tokens, gained)
	if m.tokens.Cmp(m.rate) > 0 {
		m.tokens.Set(m.rate)
	}
	m.tokens.Sub(m.tokens, big.NewRat(int64(n), 1))
	if m.tokens.Sign() >= 0 {
		return 0
	}
	ns := new(big.Rat).Quo(new(big.Rat).Neg(m.tokens), m.rate)
	ns.Mul(ns, big.NewRat(second, 1))
	q, r := new(big.Int).QuoRem(ns.Num(), ns.Denom(), new(big.Int))
	if r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return q.Int64()
}
