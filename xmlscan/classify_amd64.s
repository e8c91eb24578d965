// SPDX-License-Identifier: Apache-2.0

//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// Constants. Tables for VPSHUFB are the same 16 bytes twice.

#define TWICE(name, lo, hi) \
	DATA name<>+0(SB)/8, $lo  \
	DATA name<>+8(SB)/8, $hi  \
	DATA name<>+16(SB)/8, $lo \
	DATA name<>+24(SB)/8, $hi \
	GLOBL name<>(SB), RODATA|NOPTR, $32

// A byte's low and high nibble each look up a set of classes; the byte is of the classes in both sets.
// First pair, not zero for the ASCII characters of an NCName:
//   1: - .   2: 0-9   4: A-O a-o   8: P-Z p-z   16: _
TWICE(nameLow, 0x0e0e0e0e0e0e0e0a, 0x14050504040c0e0e)
TWICE(nameHigh, 0x0804180402010000, 0x0000000000000000)

// Second pair: 1: <   2: &   4: '   8: "   16: tab, line feed, carriage return   32, 64: other controls   128: >
TWICE(markLow, 0x6462606060686060, 0x60e0506160505060)
TWICE(markHigh, 0x00000000810e4030, 0x0000000000000000)

TWICE(lowNibble, 0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f)
TWICE(textClasses, 0x8383838383838383, 0x8383838383838383)
TWICE(aposClasses, 0x1717171717171717, 0x1717171717171717)
TWICE(quotClasses, 0x1b1b1b1b1b1b1b1b, 0x1b1b1b1b1b1b1b1b)
TWICE(illegalClasses, 0x6060606060606060, 0x6060606060606060)

// UTF-8, after Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte" (2020): what a byte's
// two nibbles and the next byte's high nibble rule out, one bit per kind of fault.
//   01: too short   02: too long   04: overlong in 3   08: too large   10: surrogate
//   20: overlong in 2   40: too large or overlong in 4   80: two continuations (needed behind 3- and 4-byte leads)
TWICE(firstHigh, 0x0202020202020202, 0x4915012180808080)
TWICE(firstLow, 0xcbcbcb8b8383a3e7, 0xcbcbdbcbcbcbcbcb)
TWICE(secondHigh, 0x0101010101010101, 0x01010101babaaee6)

TWICE(lead3, 0x6060606060606060, 0x6060606060606060) // 0xE0 - 0x80
TWICE(lead4, 0x7070707070707070, 0x7070707070707070) // 0xF0 - 0x80
TWICE(topBit, 0x8080808080808080, 0x8080808080808080)
TWICE(bytesBF, 0xbfbfbfbfbfbfbfbf, 0xbfbfbfbfbfbfbfbf)
TWICE(bytesEF, 0xefefefefefefefef, 0xefefefefefefefef)
TWICE(bytes01, 0x0101010101010101, 0x0101010101010101)

// A lead among the last three bytes of a vector, greater than what stands here, wants bytes of the next vector.
DATA incomplete<>+0(SB)/8, $0xffffffffffffffff
DATA incomplete<>+8(SB)/8, $0xffffffffffffffff
DATA incomplete<>+16(SB)/8, $0xffffffffffffffff
DATA incomplete<>+24(SB)/8, $0xbfdfefffffffffff
GLOBL incomplete<>(SB), RODATA|NOPTR, $32

#define ZERO Y10
#define SEEN Y9
#define FAULT Y8
#define PREV Y7
#define OPEN Y6

// MASK sets bit i of dst where byte i of classes has none of the wanted ones.
#define MASK(classes, wanted, dst) \
	VPAND     wanted<>(SB), classes, Y5 \
	VPCMPEQB  ZERO, Y5, Y5              \
	VPMOVMSKB Y5, dst

// MARKS leaves the marks of 32 bytes: name in n, the others inverted.
#define MARKS(in, n, t, a, q) \
	VPSRLW    $4, in, Y3  \
	VPAND     Y15, Y3, Y3 \
	VPSHUFB   in, Y14, Y2 \
	VPSHUFB   Y3, Y13, Y4 \
	VPAND     Y2, Y4, Y4  \
	VPCMPEQB  ZERO, Y4, Y4 \
	VPMOVMSKB Y4, n       \
	VPSHUFB   in, Y12, Y2 \
	VPSHUFB   Y3, Y11, Y3 \
	VPAND     Y2, Y3, Y4  \
	VPOR      Y4, SEEN, SEEN \
	MASK(Y4, textClasses, t) \
	MASK(Y4, aposClasses, a) \
	MASK(Y4, quotClasses, q)

// UTF8 adds to FAULT what is wrong with the characters of in, before which prev stands. It uses OPEN.
#define UTF8(in, prev) \
	VPERM2I128 $0x21, in, prev, Y2 \
	VPALIGNR   $15, Y2, in, Y3     \ // one byte before
	VPSRLW     $4, Y3, Y4          \
	VPAND      Y15, Y4, Y4         \
	VMOVDQU    firstHigh<>(SB), Y5 \
	VPSHUFB    Y4, Y5, Y4          \
	VPAND      Y15, Y3, Y5         \
	VMOVDQU    firstLow<>(SB), Y6  \
	VPSHUFB    Y5, Y6, Y5          \
	VPAND      Y5, Y4, Y4          \
	VPSRLW     $4, in, Y5          \
	VPAND      Y15, Y5, Y5         \
	VMOVDQU    secondHigh<>(SB), Y6 \
	VPSHUFB    Y5, Y6, Y5          \
	VPAND      Y5, Y4, Y4          \
	VPCMPEQB   bytesBF<>(SB), Y3, Y3 \ // U+FFFE and U+FFFF are EF BF BE and EF BF BF
	VPALIGNR   $14, Y2, in, Y5     \ // two bytes before
	VPCMPEQB   bytesEF<>(SB), Y5, Y6 \
	VPAND      Y6, Y3, Y3          \
	VPOR       bytes01<>(SB), in, Y6 \
	VPCMPEQB   bytesBF<>(SB), Y6, Y6 \
	VPAND      Y6, Y3, Y3          \
	VPOR       Y3, FAULT, FAULT    \
	VPSUBUSB   lead3<>(SB), Y5, Y5 \
	VPALIGNR   $13, Y2, in, Y6     \ // three bytes before
	VPSUBUSB   lead4<>(SB), Y6, Y6 \
	VPOR       Y6, Y5, Y5          \
	VPAND      topBit<>(SB), Y5, Y5 \
	VPXOR      Y4, Y5, Y5          \
	VPOR       Y5, FAULT, FAULT

// func classifyAVX2(m *bitmaps, src *byte, blocks int, tail *[64]byte) (f flags)
TEXT ·classifyAVX2(SB), NOSPLIT, $0-33
	MOVQ m+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ blocks+16(FP), CX
	MOVQ tail+24(FP), DX

	VMOVDQU lowNibble<>(SB), Y15
	VMOVDQU nameLow<>(SB), Y14
	VMOVDQU nameHigh<>(SB), Y13
	VMOVDQU markLow<>(SB), Y12
	VMOVDQU markHigh<>(SB), Y11
	VPXOR   Y10, Y10, Y10
	VPXOR   Y9, Y9, Y9
	VPXOR   Y8, Y8, Y8
	VPXOR   Y7, Y7, Y7
	VPXOR   Y6, Y6, Y6
	TESTQ   CX, CX
	JZ      last

block:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	MARKS(Y0, R8, R9, R10, R11)
	MARKS(Y1, R12, R13, AX, BX)
	SHLQ    $32, R12
	SHLQ    $32, R13
	SHLQ    $32, AX
	SHLQ    $32, BX
	ORQ     R12, R8
	ORQ     R13, R9
	ORQ     AX, R10
	ORQ     BX, R11
	NOTQ    R9
	NOTQ    R10
	NOTQ    R11
	MOVQ    R8, (DI)
	MOVQ    R9, (const_strideWords*8)(DI)
	MOVQ    R10, (const_strideWords*16)(DI)
	MOVQ    R11, (const_strideWords*24)(DI)
	ADDQ    $8, DI
	ADDQ    $64, SI

	VPOR      Y0, Y1, Y2
	VPMOVMSKB Y2, AX
	TESTL     AX, AX
	JNZ       high
	VPOR      OPEN, FAULT, FAULT
	VPXOR     OPEN, OPEN, OPEN
	VPXOR     PREV, PREV, PREV
	DECQ      CX
	JNZ       block
	JMP       last

high:
	UTF8(Y0, PREV)
	UTF8(Y1, Y0)
	VMOVDQA  Y1, PREV
	VPSUBUSB incomplete<>(SB), Y1, OPEN
	DECQ     CX
	JNZ      block

last: // the tail is one more block
	TESTQ DX, DX
	JZ    done
	MOVQ  DX, SI
	XORQ  DX, DX
	MOVQ  $1, CX
	JMP   block

done:
	VPOR   OPEN, FAULT, FAULT
	XORQ   AX, AX
	XORQ   BX, BX
	VPTEST illegalClasses<>(SB), SEEN
	SETNE  AX
	VPTEST FAULT, FAULT
	SETNE  BX
	SHLQ   $1, AX // sawIllegal
	SHLQ   $2, BX // sawBadUTF8
	ORQ    BX, AX
	MOVB   AX, f+32(FP)
	VZEROUPPER
	RET
