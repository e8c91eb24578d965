// SPDX-License-Identifier: Apache-2.0

//go:build (amd64 || arm64) && !xmlscan_safe

package xmlscan

import "unsafe"

// Unchecked loads are what the walker lives on: BenchmarkScan/mix/16KiB does 2.19 GB/s with them and 1.77 with the
// checked ones of mem_safe.go (tag xmlscan_safe); bench/results/2026-11-23-xmlscan.md.

// view reads the input at positions relative to a window's first byte; negative ones are the part of the same
// stanza that came before. The caller keeps every position inside the buffer the view was made from.
type view struct{ base unsafe.Pointer }

// viewAt makes position 0 of the view byte at of b, which must lie in b.
func viewAt(b []byte, at int) view {
	_ = b[:at]
	return view{unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), at)}
}

func (v view) at(p int) byte    { return *(*byte)(unsafe.Add(v.base, p)) }
func (v view) u16(p int) uint16 { return *(*uint16)(unsafe.Add(v.base, p)) }
func (v view) u64(p int) uint64 { return *(*uint64)(unsafe.Add(v.base, p)) }

// bytes returns n bytes from p on.
func (v view) bytes(p, n int) []byte { return unsafe.Slice((*byte)(unsafe.Add(v.base, p)), n) }

// near returns the marks from p on, at least 57 of them, the mark at p in bit 0.
func (m *bitmaps) near(k mark, p int) uint64 {
	return *(*uint64)(unsafe.Add(unsafe.Pointer(m), int(k)*strideWords*8+p>>3)) >> (uint(p) & 7)
}
