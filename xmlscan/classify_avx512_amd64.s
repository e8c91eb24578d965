// SPDX-License-Identifier: Apache-2.0

//go:build amd64 && !purego

#include "go_asm.h"
#include "textflag.h"

// The same classes, faults and names as in classify_amd64.s, 64 bytes at a time. Tables are copied here because
// file-local symbols cannot be shared; VBROADCASTI32X4 repeats 16 bytes four times.

#define TABLE(name, lo, hi) \
	DATA name<>+0(SB)/8, $lo \
	DATA name<>+8(SB)/8, $hi \
	GLOBL name<>(SB), RODATA|NOPTR, $16

TABLE(nameLow, 0x0e0e0e0e0e0e0e0a, 0x14050504040c0e0e)
TABLE(nameHigh, 0x0804180402010000, 0x0000000000000000)
TABLE(markLow, 0x6462606060686060, 0x60e0506160505060)
TABLE(markHigh, 0x00000000810e4030, 0x0000000000000000)
TABLE(lowNibble, 0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f)
TABLE(textClasses, 0x8383838383838383, 0x8383838383838383)
TABLE(aposClasses, 0x1717171717171717, 0x1717171717171717)
TABLE(quotClasses, 0x1b1b1b1b1b1b1b1b, 0x1b1b1b1b1b1b1b1b)
TABLE(illegalClasses, 0x6060606060606060, 0x6060606060606060)
TABLE(firstHigh, 0x0202020202020202, 0x4915012180808080)
TABLE(firstLow, 0xcbcbcb8b8383a3e7, 0xcbcbdbcbcbcbcbcb)
TABLE(secondHigh, 0x0101010101010101, 0x01010101babaaee6)
TABLE(lead3, 0x6060606060606060, 0x6060606060606060)
TABLE(lead4, 0x7070707070707070, 0x7070707070707070)
TABLE(topBit, 0x8080808080808080, 0x8080808080808080)
TABLE(bytesBF, 0xbfbfbfbfbfbfbfbf, 0xbfbfbfbfbfbfbfbf)
TABLE(bytesBE, 0xbebebebebebebebe, 0xbebebebebebebebe)
TABLE(bytesEF, 0xefefefefefefefef, 0xefefefefefefefef)

DATA incomplete<>+0(SB)/8, $0xffffffffffffffff
DATA incomplete<>+8(SB)/8, $0xffffffffffffffff
DATA incomplete<>+16(SB)/8, $0xffffffffffffffff
DATA incomplete<>+24(SB)/8, $0xffffffffffffffff
DATA incomplete<>+32(SB)/8, $0xffffffffffffffff
DATA incomplete<>+40(SB)/8, $0xffffffffffffffff
DATA incomplete<>+48(SB)/8, $0xffffffffffffffff
DATA incomplete<>+56(SB)/8, $0xbfdfefffffffffff
GLOBL incomplete<>(SB), RODATA|NOPTR, $64

// func classifyAVX512(m *bitmaps, src *byte, blocks int, tail *[64]byte) (f flags)
TEXT ·classifyAVX512(SB), NOSPLIT, $0-33
	MOVQ m+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ blocks+16(FP), CX
	MOVQ tail+24(FP), DX

	VBROADCASTI32X4 lowNibble<>(SB), Z15
	VBROADCASTI32X4 nameLow<>(SB), Z14
	VBROADCASTI32X4 nameHigh<>(SB), Z13
	VBROADCASTI32X4 markLow<>(SB), Z12
	VBROADCASTI32X4 markHigh<>(SB), Z11
	VBROADCASTI32X4 textClasses<>(SB), Z16
	VBROADCASTI32X4 aposClasses<>(SB), Z17
	VBROADCASTI32X4 quotClasses<>(SB), Z18
	VBROADCASTI32X4 firstHigh<>(SB), Z19
	VBROADCASTI32X4 firstLow<>(SB), Z20
	VBROADCASTI32X4 secondHigh<>(SB), Z21
	VBROADCASTI32X4 lead3<>(SB), Z22
	VBROADCASTI32X4 lead4<>(SB), Z23
	VBROADCASTI32X4 topBit<>(SB), Z24
	VBROADCASTI32X4 bytesBF<>(SB), Z25
	VBROADCASTI32X4 bytesBE<>(SB), Z26
	VBROADCASTI32X4 bytesEF<>(SB), Z27
	VMOVDQU64       incomplete<>(SB), Z28
	VPXORQ          Z9, Z9, Z9 // classes seen
	VPXORQ          Z8, Z8, Z8 // faults of UTF-8
	VPXORQ          Z7, Z7, Z7 // the block before
	VPXORQ          Z6, Z6, Z6 // what of it is open
	TESTQ           CX, CX
	JZ              last

block:
	VMOVDQU64 (SI), Z0
	VPSRLW    $4, Z0, Z3
	VPANDQ    Z15, Z3, Z3
	VPSHUFB   Z0, Z14, Z2
	VPSHUFB   Z3, Z13, Z4
	VPTESTNMB Z2, Z4, K1
	VPSHUFB   Z0, Z12, Z2
	VPSHUFB   Z3, Z11, Z3
	VPANDQ    Z2, Z3, Z4
	VPORQ     Z4, Z9, Z9
	VPTESTMB  Z16, Z4, K2
	VPTESTMB  Z17, Z4, K3
	VPTESTMB  Z18, Z4, K4
	VPMOVB2M  Z0, K5
	KMOVQ     K1, (DI)
	KMOVQ     K2, (const_strideWords*8)(DI)
	KMOVQ     K3, (const_strideWords*16)(DI)
	KMOVQ     K4, (const_strideWords*24)(DI)
	ADDQ      $8, DI
	ADDQ      $64, SI
	KORTESTQ  K5, K5
	JNZ       high
	VPORQ     Z6, Z8, Z8
	VPXORQ    Z6, Z6, Z6
	VPXORQ    Z7, Z7, Z7
	DECQ      CX
	JNZ       block
	JMP       last

high:
	VALIGNQ  $6, Z7, Z0, Z2    // the 16 bytes before each 16
	VPALIGNR $15, Z2, Z0, Z3   // one byte before
	VPSRLW   $4, Z3, Z4
	VPANDQ   Z15, Z4, Z4
	VPSHUFB  Z4, Z19, Z4
	VPANDQ   Z15, Z3, Z5
	VPSHUFB  Z5, Z20, Z5
	VPANDQ   Z5, Z4, Z4
	VPSRLW   $4, Z0, Z5
	VPANDQ   Z15, Z5, Z5
	VPSHUFB  Z5, Z21, Z5
	VPANDQ   Z5, Z4, Z4
	VPALIGNR $14, Z2, Z0, Z5   // two bytes before
	VPCMPEQB Z25, Z3, K1       // EF BF BE and EF BF BF
	VPCMPEQB Z27, Z5, K1, K1
	VPCMPUB  $5, Z26, Z0, K1, K1
	VPCMPUB  $2, Z25, Z0, K1, K1
	VPMOVM2B K1, Z3
	VPORQ    Z3, Z8, Z8
	VPSUBUSB Z22, Z5, Z5
	VPALIGNR $13, Z2, Z0, Z1   // three bytes before
	VPSUBUSB Z23, Z1, Z1
	VPORQ    Z1, Z5, Z5
	VPANDQ   Z24, Z5, Z5
	VPXORQ   Z4, Z5, Z5
	VPORQ    Z5, Z8, Z8
	VMOVDQA64 Z0, Z7
	VPSUBUSB Z28, Z0, Z6
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
	VPORQ           Z6, Z8, Z8
	VBROADCASTI32X4 illegalClasses<>(SB), Z5
	XORQ            AX, AX
	XORQ            BX, BX
	VPTESTMB        Z5, Z9, K1
	KORTESTQ        K1, K1
	SETNE           AX
	VPTESTMB        Z8, Z8, K1
	KORTESTQ        K1, K1
	SETNE           BX
	SHLQ            $1, AX // sawIllegal
	SHLQ            $2, BX // sawBadUTF8
	ORQ             BX, AX
	MOVB            AX, f+32(FP)
	VZEROUPPER
	RET
