// SPDX-License-Identifier: Apache-2.0

package table

import (
	"fmt"
	"hash/maphash"
	"strings"
	"testing"

	cmap "github.com/orcaman/concurrent-map/v2"
)

func BenchmarkLookup(b *testing.B) {
	for _, names := range []int{1, 64, 10000} {
		tab, domains := filled(b, names, "bot%d.components.example.org")
		b.Run(fmt.Sprintf("names=%d", names), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if tab.Lookup(domains[i]).One() == nil {
					b.Fatal("nobody")
				}
				if i++; i == len(domains) {
					i = 0
				}
			}
		})
	}
	for _, length := range []int{9, 17, 41} {
		tab, domains := filled(b, 1, strings.Repeat("x", length-1)+"%d")
		b.Run(fmt.Sprintf("name=%d", length), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tab.Lookup(domains[0])
			}
		})
	}
	b.Run("absent", func(b *testing.B) {
		tab, _ := filled(b, 64, "bot%d.components.example.org")
		absent := []byte("nobody.components.example.org")
		for b.Loop() {
			tab.Lookup(absent)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		tab, domains := filled(b, 64, "bot%d.components.example.org")
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				tab.Lookup(domains[i%len(domains)])
			}
		})
	})
	b.Run("cached", func(b *testing.B) {
		tab, domains := filled(b, 1, "bot%d.components.example.org")
		n := tab.Lookup(domains[0])
		for b.Loop() {
			if n.One() == nil {
				b.Fatal("gone")
			}
		}
	})
	// What the striping function alone costs a lookup of 28 bytes: ours against the map's default.
	seed := maphash.MakeSeed()
	for name, m := range map[string]cmap.ConcurrentMap[string, *Name]{
		"default": cmap.New[*Name](),
		"maphash": cmap.NewWithCustomShardingFunction[string, *Name](func(s string) uint32 { return uint32(maphash.String(seed, s)) }),
	} {
		m.Set("bot0.components.example.org", &Name{})
		domain := []byte("bot0.components.example.org")
		b.Run("stripe/"+name, func(b *testing.B) {
			for b.Loop() {
				m.Get(view(domain))
			}
		})
	}
}

func BenchmarkPick(b *testing.B) {
	sender := []byte("someone@components.example.org")
	for _, n := range []int{1, 2, 8} {
		var all []*Instance
		for i := range n {
			all = append(all, &Instance{ID: uint64(i)})
		}
		set := newSet(all...)
		b.Run(fmt.Sprintf("instances=%d", n), func(b *testing.B) {
			for b.Loop() {
				set.Pick(sender)
			}
		})
	}
}

func BenchmarkAskers(b *testing.B) {
	a := NewAskers(0, 0)
	own, peer, id := []byte("bot.components.example.org"), []byte("someone@example.org/phone"), []byte("0123456789ab")
	b.ReportAllocs()
	for now := int64(0); b.Loop(); now++ {
		a.Asked(own, peer, id, 1, now)
		a.Answered(own, peer, id, now)
	}
}

func BenchmarkRegister(b *testing.B) {
	tab, _ := filled(b, 10000, "bot%d.components.example.org")
	names := []string{"one.more.example.org"}
	b.ReportAllocs()
	for b.Loop() {
		inst := &Instance{}
		if _, err := tab.Register(Request{Names: names, Instance: inst}); err != nil {
			b.Fatal(err)
		}
		tab.Unregister(inst)
	}
}

func filled(b *testing.B, names int, format string) (*Table, [][]byte) {
	b.Helper()
	tab := New()
	var domains [][]byte
	for i := range names {
		name := fmt.Sprintf(format, i)
		if _, err := register(tab, uint64(i), Disconnect, name); err != nil {
			b.Fatal(err)
		}
		domains = append(domains, []byte(name))
	}
	return tab, domains
}
