// SPDX-License-Identifier: Apache-2.0

//go:build amd64 && !purego

package xmlscan

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// useAVX2 is set once, before any scanner is made; a test clears it to time the portable stage.
var useAVX2 = cpu.X86.HasAVX2

// classify is stage 1 over one window: it fills the bitmaps and says whether every character of b is legal.
// b begins at a character's first byte and ends with a whole character.
func classify(m *bitmaps, b []byte) bool {
	if !useAVX2 {
		return classifyPortable(m, b)
	}
	whole := len(b) &^ 63
	if whole == len(b) {
		return classifyAVX2(m, unsafe.SliceData(b), whole>>6, nil) == 0
	}
	var tail [64]byte
	fillTail(&tail, b[whole:])
	return classifyAVX2(m, unsafe.SliceData(b), whole>>6, &tail) == 0
}

// classifyAVX2 is stage 1 for `blocks` blocks of 64 bytes from src on and one more in tail, if it is not nil.
// It sets sawIllegal and sawBadUTF8; high bytes are checked on the way.
//
//go:noescape
func classifyAVX2(m *bitmaps, src *byte, blocks int, tail *[64]byte) (f flags)
