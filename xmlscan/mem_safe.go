// SPDX-License-Identifier: Apache-2.0

//go:build !(amd64 || arm64) || xmlscan_safe

package xmlscan

import "encoding/binary"

// view is the checked twin of the one in mem_unsafe.go, for other machines and for the xmlscan_safe tag.
type view struct {
	b []byte
	o int
}

func viewAt(b []byte, at int) view { return view{b, at} }

func (v view) at(p int) byte    { return v.b[v.o+p] }
func (v view) u16(p int) uint16 { return binary.LittleEndian.Uint16(v.b[v.o+p:]) }
func (v view) u64(p int) uint64 { return binary.LittleEndian.Uint64(v.b[v.o+p:]) }

// bytes returns n bytes from p on.
func (v view) bytes(p, n int) []byte { return v.b[v.o+p : v.o+p+n : v.o+p+n] }

// near returns the marks from p on, 64 of them, the mark at p in bit 0.
func (m *bitmaps) near(k mark, p int) uint64 {
	i, s := k.row()+p>>6, uint(p)&63
	return m[i]>>s | m[i+1]<<(63-s)<<1
}
