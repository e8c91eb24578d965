// SPDX-License-Identifier: Apache-2.0

package corpus

// rng is splitmix64. It is here, and not from the standard library, because its sequence must never change.
type rng uint64

func (r *rng) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// below returns a number in 0..n-1.
func (r *rng) below(n int) int { return int(r.next() >> 1 % uint64(n)) }

// between returns a number in lo..hi.
func (r *rng) between(lo, hi int) int { return lo + r.below(hi-lo+1) }

// one returns one of the choices.
func (r *rng) one(of ...string) string { return of[r.below(len(of))] }

const hexDigits = "0123456789abcdef"

func (r *rng) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = hexDigits[r.below(16)]
	}
	return string(b)
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// base64 returns n characters that look like base64, a line break after each `fold` of them if fold is not 0.
func (r *rng) base64(n, fold int) string {
	b := make([]byte, 0, n+n/64)
	for i := 0; i < n; i++ {
		if fold != 0 && i > 0 && i%fold == 0 {
			b = append(b, '\n')
		}
		b = append(b, base64Digits[r.below(64)])
	}
	return string(b)
}
