// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego

package xmlscan

// classify is stage 1 over one window: it fills the bitmaps and says whether every character of b is legal.
// b begins at a character's first byte and ends with a whole character.
func classify(m *bitmaps, b []byte) bool { return classifyPortable(m, b) }
