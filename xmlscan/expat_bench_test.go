// SPDX-License-Identifier: Apache-2.0

package xmlscan

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"weir/xmlscan/internal/corpus"
)

// BenchmarkExpat/<set>/<feed>: expat on the same bytes in the same feeds, in a process of its own that does the
// timing (testdata/oracle/expat_time.c), so that nothing of cgo is in the figure or in the module.
func BenchmarkExpat(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "expat_time")
	if msg, err := exec.Command("cc", "-O3", "-o", bin, filepath.Join("testdata", "oracle", "expat_time.c"), "-lexpat").CombinedOutput(); err != nil {
		b.Skipf("SKIPPED: timing expat needs cc and libexpat1-dev: %v\n%s", err, msg)
	}
	for _, set := range []string{"mix", "small", "large", "intl"} {
		stanzas := corpus.Stanzas(set, benchBytes)
		data := append([]byte(corpus.Header), corpus.Make(set, benchBytes)...)
		for _, feed := range feeds {
			b.Run(set+"/"+feed.name, func(b *testing.B) {
				cmd := exec.Command(bin, strconv.Itoa(feed.bytes), strconv.Itoa(b.N))
				cmd.Stdin = bytes.NewReader(data)
				out, err := cmd.Output()
				var mean, quick float64
				if _, e := fmt.Sscan(string(out), &mean, &quick); err != nil || e != nil {
					b.Fatal(err, e)
				}
				b.ReportMetric(mean, "ns/op")
				b.ReportMetric(float64(len(data))/mean*1e3, "MB/s")
				b.ReportMetric(float64(len(data))/quick*1e3, "quick-MB/s")
				b.ReportMetric(quick/float64(len(stanzas)), "quick-ns/stanza")
			})
		}
	}
}
