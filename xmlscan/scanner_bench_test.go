// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"encoding/xml"
	"slices"
	"testing"
	"time"

	"weir/xmlscan/internal/corpus"
)

// benchBytes is the size of a set. It is larger than the second-level cache, as traffic is.
const benchBytes = 4 << 20

var feeds = []struct {
	name  string
	bytes int
}{{"16KiB", 16 << 10}, {"1460B", 1460}}

// BenchmarkScan/<set>/<feed>: the set fed in pieces of that size, every stanza asked for its span and addresses.
func BenchmarkScan(b *testing.B) {
	for _, set := range corpus.Sets {
		data := corpus.Make(set, benchBytes)
		for _, feed := range feeds {
			b.Run(set+"/"+feed.name, func(b *testing.B) { benchScan(b, data, feed.bytes) })
		}
	}
}

func benchScan(b *testing.B, data []byte, piece int) {
	s := New(Config{Limits: Limits{StanzaBytes: -1}})
	s.Feed([]byte(corpus.Header))
	drain(s, nil, []byte(corpus.Header))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	stanzas, clock, times := 0, cpuClock(b), make(passes, 0, 1<<16)
	for b.Loop() {
		begin := clock()
		n, asked, err := pump(s, data, piece)
		if err != nil || asked < len(data) {
			b.Fatal(err, asked)
		}
		stanzas, times = n, append(times, clock()-begin)
	}
	times.report(b, len(data), stanzas)
}

// passes are the times of a benchmark's passes over its data, on the processor's clock.
type passes []time.Duration

// report adds the figure of the quick passes, the one that a tenth of them beat, to the mean on the wall. On a
// machine that others use, too, it is the one that comes back from run to run; the very quickest would sometimes
// be a fault of the clock.
func (p passes) report(b *testing.B, size, stanzas int) {
	slices.Sort(p)
	quick := p[len(p)/10]
	b.ReportMetric(float64(size)/quick.Seconds()/1e6, "quick-MB/s")
	if stanzas > 0 {
		b.ReportMetric(float64(quick.Nanoseconds())/float64(stanzas), "quick-ns/stanza")
	}
}

// BenchmarkStageOne/<stage>/<set>: classification alone, in windows.
func BenchmarkStageOne(b *testing.B) {
	for name, stage := range stages {
		for _, set := range []string{"mix", "intl", "large"} {
			data := corpus.Make(set, benchBytes)
			b.Run(name+"/"+set, func(b *testing.B) { benchStage(b, stage, data) })
		}
	}
}

func benchStage(b *testing.B, stage func(*bitmaps, []byte) bool, data []byte) {
	var m bitmaps
	b.SetBytes(int64(len(data)))
	clock, times := cpuClock(b), make(passes, 0, 1<<16)
	for b.Loop() {
		begin := clock()
		for rest := data; len(rest) > 0; {
			in := rest[:min(windowBytes, len(rest))]
			in = in[:len(in)-unfinished(in)]
			if !stage(&m, in) {
				b.Fatal("refused")
			}
			rest = rest[len(in):]
		}
		times = append(times, clock()-begin)
	}
	times.report(b, len(data), 0)
}

// BenchmarkEncodingXML/mix: the standard library on the same bytes. It checks less.
func BenchmarkEncodingXML(b *testing.B) {
	for _, set := range []string{"mix"} {
		data := append([]byte(corpus.Header), corpus.Make(set, benchBytes)...)
		stanzas := len(corpus.Stanzas(set, benchBytes))
		b.Run(set, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			clock, times := cpuClock(b), make(passes, 0, 1<<16)
			for b.Loop() {
				begin := clock()
				if n := countStarts(data); n < stanzas {
					b.Fatal(n)
				}
				times = append(times, clock()-begin)
			}
			times.report(b, len(data), stanzas)
		})
	}
}

// countStarts reads a stream that does not end with encoding/xml.
func countStarts(data []byte) (n int) {
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		tok, err := d.Token()
		if err != nil {
			return n
		}
		if _, ok := tok.(xml.StartElement); ok {
			n++
		}
	}
}
