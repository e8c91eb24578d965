// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !race

package table

import (
	"strings"
	"testing"
)

func TestLookupAllocatesNothing(t *testing.T) {
	tab := New()
	domain := []byte(strings.Repeat("long-name.", 6) + "example") // over 32 bytes, where a conversion would allocate
	mustRegister(t, tab, 1, Balance, string(domain))
	mustRegister(t, tab, 2, Balance, string(domain))
	absent, sender := []byte(strings.Repeat("absent.", 9)), []byte("user@example.org")
	askers := tab.Lookup(domain).Askers()
	id := []byte("id-1")
	var now int64
	for name, f := range map[string]func(){
		"found":      func() { sink = tab.Lookup(domain) },
		"not found":  func() { sink = tab.Lookup(absent) },
		"pick":       func() { sinkInstance = tab.Lookup(domain).Pick(sender) },
		"asked":      func() { askers.Asked(domain, sender, id, 1, now); now++ },
		"answered":   func() { askers.Asked(domain, sender, id, 1, now); askers.Answered(domain, sender, id, now) },
		"not asked":  func() { askers.Answered(domain, sender, sender, now) },
		"each asker": func() { sinkInstance = tab.Lookup(domain).Set().ByID(2) },
	} {
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

var (
	sink         *Name
	sinkInstance *Instance
)
