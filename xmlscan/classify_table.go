// SPDX-License-Identifier: Apache-2.0

package xmlscan

// flags is what stage 1 says of a run of blocks as a whole.
type flags uint8

const (
	sawHigh    flags = 1 << iota // a byte of 0x80 or more: UTF-8 wants checking
	sawIllegal                   // a control character XML does not allow
	sawBadUTF8                   // ill-formed UTF-8, or U+FFFE, U+FFFF (set by stages that check it on the way)
)

// classOf holds for each byte one bit per mark and flag, eight bits apart, so that eight look-ups shifted by
// 0..7 and joined give eight bits of each bitmap at once. On the mix set it does 2.5 GB/s; comparing eight packed
// bytes at a time (SWAR) for the same bitmaps did 0.84 (best passes of one run, docs/notes/xmlscan.md).
var classOf = buildClasses()

func buildClasses() (t [256]uint64) {
	for c := range t {
		if !isNameByte(byte(c)) {
			t[c] |= 1 << (8 * markName)
		}
		switch c {
		case '<', '&':
			t[c] |= 1<<(8*markText) | 1<<(8*markApos) | 1<<(8*markQuot)
		case '\t', '\n', '\r':
			t[c] |= 1<<(8*markApos) | 1<<(8*markQuot)
		case '>':
			t[c] |= 1 << (8 * markText)
		case '\'':
			t[c] |= 1 << (8 * markApos)
		case '"':
			t[c] |= 1 << (8 * markQuot)
		default:
			if c < ' ' {
				t[c] |= 1 << 40
			}
		}
		if c >= 0x80 {
			t[c] |= 1 << 32
		}
	}
	return t
}

// classifyTable is stage 1 in portable Go: it writes the bitmaps of n 64-byte blocks of src from word `word` on.
func classifyTable(m *bitmaps, word int, src []byte) flags {
	var seen uint64
	rn, rt, ra, rq := markName.row()+word, markText.row()+word, markApos.row()+word, markQuot.row()+word
	for len(src) >= 64 {
		b := (*[64]byte)(src)
		var n, t, a, q uint64
		for g := 0; g < 64; g += 8 {
			x := classOf[b[g]] | classOf[b[g+1]]<<1 | classOf[b[g+2]]<<2 | classOf[b[g+3]]<<3 |
				classOf[b[g+4]]<<4 | classOf[b[g+5]]<<5 | classOf[b[g+6]]<<6 | classOf[b[g+7]]<<7
			seen |= x
			n |= x & 0xff << g
			t |= x >> 8 & 0xff << g
			a |= x >> 16 & 0xff << g
			q |= x >> 24 & 0xff << g
		}
		m[rn], m[rt], m[ra], m[rq] = n, t, a, q
		rn, rt, ra, rq = rn+1, rt+1, ra+1, rq+1
		src = src[64:]
	}
	var f flags
	if seen>>32&0xff != 0 {
		f |= sawHigh
	}
	if seen>>40&0xff != 0 {
		f |= sawIllegal
	}
	return f
}
