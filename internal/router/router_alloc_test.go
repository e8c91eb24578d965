// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !race

package router

import (
	"strings"
	"testing"
)

func TestResolveAllocatesNothing(t *testing.T) {
	w := benchWorld()
	r, c := w.router(t), NewCache()
	for name, domain := range benchDomains {
		d := []byte(strings.Clone(domain))
		if n := testing.AllocsPerRun(200, func() { sink = r.Resolve(d) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if n := testing.AllocsPerRun(200, func() { sink = c.Resolve(r, d) }); n != 0 {
			t.Errorf("%s by the cache: %v allocations", name, n)
		}
		if n := testing.AllocsPerRun(200, func() { r.Bounce(sink) }); n != 0 {
			t.Errorf("%s: bounce: %v allocations", name, n)
		}
	}
}
