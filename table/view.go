// SPDX-License-Identifier: Apache-2.0

//go:build !purego

package table

import "unsafe"

// view is the bytes as a string without a copy, for a map lookup that keeps nothing of it. The plain conversion
// allocates, because the map's Get is a call and not an index expression: a lookup of a name of 41 bytes then costs
// 48 B, 1 allocation and more than twice the time (BenchmarkLookup/name=41, with and without -tags purego).
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
