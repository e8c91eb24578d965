// SPDX-License-Identifier: Apache-2.0

//go:build !race

package acl

import "testing"

func TestDecideDoesNotAllocate(t *testing.T) {
	r := NewRule("component", []Clause{
		deny(class(t, "banned", "user_regexp=^x.*z$", "resource_glob=Mob*")),
		deny(class(t, "named", "user=paul server=a resource=b")),
		allow(class(t, "local", "match=any_hosted_domain")),
	})
	a := address(t, "paul@gdansk/psi")
	if n := testing.AllocsPerRun(1000, func() {
		if ok, _ := r.Decide(a); !ok {
			t.Fatal("denied")
		}
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
