// SPDX-License-Identifier: Apache-2.0

package shaper

// State is a bucket as a value that means the same under another clock.
type State struct {
	Rate  int64
	Ahead int64 // ns until it is full; negative: it has been full for so long
	Frac  int64
}

// State is the bucket's state at now.
func (b *Bucket) State(now int64) State { return State{b.rate, b.full - now, b.frac} }

// Bucket is the bucket whose state this was, at now of another clock. What is not a
// bucket's state shapes nothing.
func (s State) Bucket(now int64) Bucket {
	if s.Rate <= 0 || s.Rate > RateMax || s.Frac < 0 || s.Frac >= s.Rate {
		return Bucket{}
	}
	return Bucket{s.Rate, now + s.Ahead, s.Frac}
}
