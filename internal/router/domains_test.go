// SPDX-License-Identifier: Apache-2.0

package router

import "testing"

func TestDomains(t *testing.T) {
	var d domains
	for i, name := range []string{"org", "example.org", "a.b.example.org", "[2001:db8::1]", "localhost"} {
		d.add(name, i)
	}
	for _, row := range []struct {
		domain      string
		find, above int // -1: not there
	}{
		{"org", 0, 0},
		{"example.org", 1, 1},
		{"x.example.org", -1, 1},
		{"b.example.org", -1, 1},
		{"a.b.example.org", 2, 2},
		{"y.x.a.b.example.org", -1, 2},
		{"xa.b.example.org", -1, 1}, // whole labels
		{"xexample.org", -1, 0},
		{"xorg", -1, -1},
		{"net", -1, -1},
		{"example.org.net", -1, -1},
		{"[2001:db8::1]", 3, 3},
		{"localhost", 4, 4},
		{"x.localhost", -1, 4},
		{"", -1, -1},
		{".", -1, -1},
		{".org", -1, 0},
		{"org.", -1, -1},
	} {
		for what, f := range map[string]func([]byte) (int, bool){"find": d.find, "above": d.above} {
			want := map[string]int{"find": row.find, "above": row.above}[what]
			got, ok := f([]byte(row.domain))
			if !ok {
				got = -1
			}
			if got != want {
				t.Errorf("%s %q: %d, want %d", what, row.domain, got, want)
			}
		}
	}
	var none domains
	if _, ok := none.above([]byte("example.org")); ok {
		t.Error("found in an empty set")
	}
}

func BenchmarkDomains(b *testing.B) {
	var d domains
	for i, name := range []string{"example.org", "example.net", "example.com", "localhost"} {
		d.add(name, i)
	}
	for name, domain := range map[string][]byte{"found": []byte("example.net"), "same-length": []byte("bot.another"), "other-length": []byte("bot17.another.org")} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				d.find(domain)
			}
		})
	}
}
