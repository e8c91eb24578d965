// SPDX-License-Identifier: Apache-2.0

package traffic

import (
	"bytes"
	"encoding/binary"
)

// A token marks a stanza: `~`, four digits of flow, eight of number, three of
// check, all base 32. The characters are legal in an id and in text and are
// escaped by nobody.
const (
	tokenMark = '~'
	tokenLen  = 16

	// MaxFlows is how many flows one run can number.
	MaxFlows = 1 << 20
	// maxNumber bounds the stanzas of a flow: 2^40, a week at 1.8 million a second.
	maxNumber = 1 << 40
)

const digits = "0123456789abcdefghijklmnopqrstuv"

// twoDigits holds every pair of digits, so that ten bits cost one look-up.
var twoDigits = func() (t [1024]uint16) {
	for i := range t {
		t[i] = binary.LittleEndian.Uint16([]byte{digits[i>>5], digits[i&31]})
	}
	return t
}()

// digitValue is the inverse of digits; 255 for any other byte.
var digitValue = func() (t [256]byte) {
	for i := range t {
		t[i] = 255
	}
	for i := range len(digits) {
		t[digits[i]] = byte(i)
	}
	return t
}()

// token is the mark of one stanza as it stands on the wire.
type token [tokenLen]byte

// set writes the mark of stanza n of a flow. The seed is the run's: a stanza
// left over from another run carries a check that does not hold.
func (t *token) set(seed uint64, flow uint32, n uint64) {
	t[0] = tokenMark
	binary.LittleEndian.PutUint16(t[1:], twoDigits[flow>>10&1023])
	binary.LittleEndian.PutUint16(t[3:], twoDigits[flow&1023])
	binary.LittleEndian.PutUint16(t[5:], twoDigits[n>>30&1023])
	binary.LittleEndian.PutUint16(t[7:], twoDigits[n>>20&1023])
	binary.LittleEndian.PutUint16(t[9:], twoDigits[n>>10&1023])
	binary.LittleEndian.PutUint16(t[11:], twoDigits[n&1023])
	c := check(seed, flow, n)
	binary.LittleEndian.PutUint16(t[13:], twoDigits[c>>5])
	t[15] = digits[c&31]
}

// check gives 15 bits that depend on every bit of seed, flow and number.
func check(seed uint64, flow uint32, n uint64) uint32 {
	h := (n ^ uint64(flow)<<40 ^ seed) * 0x9e3779b97f4a7c15
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return uint32(h >> 49)
}

// findToken looks for the first valid mark in b; at is its offset, -1 if none.
func findToken(seed uint64, b []byte) (at int, flow uint32, n uint64) {
	for at = 0; ; at++ {
		i := bytes.IndexByte(b[at:], tokenMark)
		if i < 0 || at+i+tokenLen > len(b) {
			return -1, 0, 0
		}
		at += i
		if flow, n, ok := readToken(seed, b[at:at+tokenLen]); ok {
			return at, flow, n
		}
	}
}

// readToken reads a mark; ok is false if it is none or its check does not hold.
func readToken(seed uint64, b []byte) (flow uint32, n uint64, ok bool) {
	_ = b[tokenLen-1]
	var bad byte
	for _, c := range b[1:5] {
		bad |= digitValue[c]
		flow = flow<<5 | uint32(digitValue[c]&31)
	}
	for _, c := range b[5:13] {
		bad |= digitValue[c]
		n = n<<5 | uint64(digitValue[c]&31)
	}
	var sum uint32
	for _, c := range b[13:16] {
		bad |= digitValue[c]
		sum = sum<<5 | uint32(digitValue[c]&31)
	}
	return flow, n, b[0] == tokenMark && bad < 32 && sum == check(seed, flow, n)
}
