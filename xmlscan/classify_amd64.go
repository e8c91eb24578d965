// SPDX-License-Identifier: Apache-2.0

//go:build amd64 && !purego

package xmlscan

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// stageOne is the first stage that this machine can run: set once, before any scanner is made.
var stageOne = chooseStage()

type stage uint8

const (
	stagePortable stage = iota
	stageAVX2
	stageAVX512
)

// chooseStage takes AVX-512 only with VBMI2, though it uses F and BW: the processors before that one lower their
// clock for 512-bit vectors, which would slow down everything else.
func chooseStage() stage {
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI2:
		return stageAVX512
	case cpu.X86.HasAVX2:
		return stageAVX2
	}
	return stagePortable
}

// classify is stage 1 over one window: it fills the bitmaps and says whether every character of b is legal.
// b begins at a character's first byte and ends with a whole character.
func classify(m *bitmaps, b []byte) bool { return stageOne.classify(m, b) }

func (s stage) classify(m *bitmaps, b []byte) bool {
	if s == stagePortable {
		return classifyPortable(m, b)
	}
	var last [64]byte
	var tail *[64]byte
	whole := len(b) &^ 63
	if whole < len(b) {
		tail = &last
		fillTail(tail, b[whole:])
	}
	if s == stageAVX512 {
		return classifyAVX512(m, unsafe.SliceData(b), whole>>6, tail) == 0
	}
	return classifyAVX2(m, unsafe.SliceData(b), whole>>6, tail) == 0
}

// classifyAVX2 is stage 1 for `blocks` blocks of 64 bytes from src on and one more in tail, if it is not nil.
// It sets sawIllegal and sawBadUTF8; high bytes are checked on the way.
//
//go:noescape
func classifyAVX2(m *bitmaps, src *byte, blocks int, tail *[64]byte) (f flags)

// classifyAVX512 is the same in AVX-512 (F and BW).
//
//go:noescape
func classifyAVX512(m *bitmaps, src *byte, blocks int, tail *[64]byte) (f flags)
