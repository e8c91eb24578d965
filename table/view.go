// SPDX-License-Identifier: Apache-2.0

//go:build !purego

package table

import "unsafe"

// view is the bytes as a string without a copy, for a map lookup that keeps nothing of it. The plain conversion
// allocates, because the map's Get is a call and not an index expression: 32 B and 1 allocation for each lookup
// of a name over 32 bytes (BenchmarkLookup/name=41).
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
