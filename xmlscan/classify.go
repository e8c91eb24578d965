// SPDX-License-Identifier: Apache-2.0

package xmlscan

// classify is stage 1 over one window: it fills the bitmaps and says whether every character of b is legal.
func classify(m *bitmaps, b []byte) bool { return classifyPortable(m, b) }
