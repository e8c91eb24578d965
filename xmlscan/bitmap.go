// SPDX-License-Identifier: Apache-2.0

package xmlscan

import "math/bits"

// windowBytes is how much input stage 1 classifies at a time. Data and bitmaps of a window (1.5 times this)
// stay in the first-level cache while the walker reads them a second time.
const windowBytes = 16 << 10

// A mark is one of the four bitmaps. A bit stands where the search for that mark must stop.
type mark int

const (
	markName mark = iota // not an ASCII character of an NCName: ':' and all of 0x80.. stop too
	markText             // '<', '&', '>'
	markApos             // ' in a value: the quote, '<', '&', and the white space that normalisation changes
	markQuot             // " the same
)

// strideWords is from one bitmap to the next. There is room behind a window for the stop bits that make every
// search end.
const strideWords = windowBytes/64 + 8

type bitmaps [4 * strideWords]uint64

// row returns the index of the word that holds position 0 of a bitmap.
func (k mark) row() int { return int(k) * strideWords }

// stop sets every bit from position n on, far enough for any load that begins at or before n.
func (m *bitmaps) stop(n int) {
	for k := markName; k <= markQuot; k++ {
		i := k.row() + n>>6
		m[i] |= ^uint64(0) << (uint(n) & 63)
		m[i+1] = ^uint64(0)
		m[i+2] = ^uint64(0)
	}
}

// next returns the position of the first mark at or behind p. It never looks further than the stop bits.
func (m *bitmaps) next(k mark, p int) int {
	if w := m.near(k, p); w != 0 {
		return p + bits.TrailingZeros64(w)
	}
	return m.far(k, p)
}

// far searches word by word. The first word's bits below p are masked, so it may be called for any p.
func (m *bitmaps) far(k mark, p int) int {
	i := k.row() + p>>6
	w := m[i] &^ (1<<(uint(p)&63) - 1)
	for w == 0 {
		i++
		w = m[i]
	}
	return (i-k.row())<<6 + bits.TrailingZeros64(w)
}
