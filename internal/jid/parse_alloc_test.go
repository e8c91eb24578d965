// SPDX-License-Identifier: Apache-2.0

package jid

import "testing"

func TestASCIIPathDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, jidBytesMax)
	for _, in := range []string{"chat.example.org", "Alice@Example.org/Phone", "a@b.c./r", "@@@", "a..b"} {
		b := []byte(in)
		calls := map[string]func(){
			"Parse":     func() { Parse(b) },
			"Normalize": func() { _, _ = Normalize(buf, b) },
			"Bare":      func() { _, _ = Bare(buf, b) },
		}
		for name, call := range calls {
			if n := testing.AllocsPerRun(100, call); n != 0 {
				t.Errorf("%s(%q): %v allocations", name, in, n)
			}
		}
	}
}
