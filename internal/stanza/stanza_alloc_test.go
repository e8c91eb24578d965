// SPDX-License-Identifier: Apache-2.0

//go:build !race

package stanza

import (
	"testing"

	"weir/xmlscan"
)

// What is asked of each stanza costs no memory, nor does it to read one again.
func TestPlainStanzasAllocateNothing(t *testing.T) {
	raw := []byte("<message from='u@a.example/r' to='b.example' type='chat'><body>x</body></message>")
	st, in := scanned(t, "", string(raw))
	r := newReader()
	var mem []byte
	if n := testing.AllocsPerRun(100, func() {
		from := Normalise(&mem, st.From())
		if KindOf(st) != Message || MustRewrite(st, in) || IsRequest(st) || !TakesError(st) || len(from.Bare()) != len("u@a.example") {
			t.Fatal("it is another stanza")
		}
		if domain, ok := DomainOf(st.To()); !ok || len(domain) == 0 {
			t.Fatal("it has no receiver")
		}
		if !r.Read(raw, func(*xmlscan.Stanza) {}) {
			t.Fatal("it cannot be read")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
