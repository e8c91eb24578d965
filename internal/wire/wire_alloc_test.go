// SPDX-License-Identifier: Apache-2.0

package wire

import "testing"

func TestWritersDoNotAllocate(t *testing.T) {
	dst, a := make([]byte, 0, 4096), answer("iq", "a@b/d'e", "c", "1")
	calls := map[string]func(){
		"AppendStanzaError": func() { AppendStanzaError(dst, a, ServiceUnavailable) },
		"AppendStreamError": func() { AppendStreamError(dst, CondConflict, "Replaced by new connection") },
		"AppendHeader":      func() { AppendHeader(dst, HeaderOptions{From: "chat", ID: "1", Version: true}) },
		"AppendHandshakeOK": func() { AppendHandshakeOK(dst) },
	}
	for name, call := range calls {
		if n := testing.AllocsPerRun(100, call); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
