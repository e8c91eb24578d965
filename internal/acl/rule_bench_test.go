// SPDX-License-Identifier: Apache-2.0

package acl

import "testing"

func BenchmarkDecide(b *testing.B) {
	r := NewRule("component", []Clause{
		deny(class(b, "banned", "user_glob=bot-*")),
		allow(class(b, "local", "server=gdansk")),
	})
	a := address(b, "paul@gdansk/psi")
	b.ReportAllocs()
	for b.Loop() {
		r.Decide(a)
	}
}
