// SPDX-License-Identifier: Apache-2.0

package jid

// class is a set of facts about one byte. The fast path ors the classes of a
// part's bytes together and looks at the sum once.
type class uint8

const (
	badNode     class = 1 << iota // ASCII that no node may hold, after mapping either
	badDomain                     // ASCII that no domain may hold
	badResource                   // ASCII that no resource may hold
	upper                         // A to Z: valid in a node and a domain, but not normal there
	high                          // not ASCII: the slow path judges
	dot                           // two in a row are an empty label
	hyphen                        // two in a row may begin an A-label
	stop                          // @ or /: ends a node or a domain
)

// classes is written once, below, and read by every call.
var classes = makeClasses()

func makeClasses() (t [256]class) {
	for b := range t {
		t[b] = classOf(byte(b))
	}
	return t
}

func classOf(b byte) class {
	switch {
	case b >= 0x80:
		return high
	case b < 0x20 || b == 0x7F:
		return badNode | badDomain | badResource
	case 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || b == '_':
		return 0
	case 'A' <= b && b <= 'Z':
		return upper
	case b == '.':
		return dot
	case b == '-':
		return hyphen
	case b == '@' || b == '/':
		return stop | badNode | badDomain
	}
	// What is left is punctuation and the blank. The characters refused in a
	// node are those of RFC 7622 §3.3.1, and the blank, which the
	// IdentifierClass of RFC 8264 does not hold.
	switch b {
	case ' ', '"', '&', '\'', ':', '<', '>':
		return badNode | badDomain
	}
	return badDomain
}

// span walks b up to the first @ or / and returns how far it came, what it
// saw, and what it saw twice in a row. A dot at the very start counts as two.
func span(b []byte) (n int, seen, pair class) {
	prev := dot
	for n < len(b) {
		c := classes[b[n]]
		if c&stop != 0 {
			break
		}
		seen |= c
		pair |= c & prev
		prev = c
		n++
	}
	return n, seen, pair
}
