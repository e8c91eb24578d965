// SPDX-License-Identifier: Apache-2.0

package router

import (
	"fmt"
	"testing"
)

var sink Target

// benchDomains are of more than 32 bytes, where a careless conversion to a string would allocate.
var benchDomains = map[string]string{
	"component": "bot17.components.somewhere.example.org",
	"host":      "a-rather-long-hosted-domain.example.org",
	"upstream":  "conference.of.the.upstream.example.com",
	"nowhere":   "nobody.of.this.name.here.at.example.org",
}

func benchWorld() world {
	w := world{
		hosts:     []string{"example.org", "example.com", benchDomains["host"]},
		upstreams: []UpstreamDomains{{"up", []string{"example.com"}}},
	}
	for i := range 64 {
		w.components = append(w.components, fmt.Sprintf("bot%d.components.somewhere.example.org", i))
	}
	return w
}

func BenchmarkResolve(b *testing.B) {
	r := benchWorld().router(b)
	for _, kind := range []string{"component", "host", "upstream", "nowhere"} {
		domain := []byte(benchDomains[kind])
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink = r.Resolve(domain)
			}
		})
	}
}

// What a loop pays for a component, with and without its cache: one name again and again, and 64 in turn.
func BenchmarkLookup(b *testing.B) {
	w := benchWorld()
	r, c := w.router(b), NewCache()
	var domains [][]byte
	for _, name := range w.components {
		domains = append(domains, []byte(name))
	}
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("table/names=%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if r.Resolve(domains[i&(n-1)]).Name == nil {
					b.Fatal("not found")
				}
			}
		})
		b.Run(fmt.Sprintf("cache/names=%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if c.Resolve(r, domains[i&(n-1)]).Name == nil {
					b.Fatal("not found")
				}
			}
		})
	}
}
