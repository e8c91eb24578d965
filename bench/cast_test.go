// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"testing"

	"weir/bench/traffic"
)

// A flood is of what a server may refuse with an error: of a result that it has no
// room for it need not say a word, and that would be taken for a loss.
func TestFloodCanBeAnswered(t *testing.T) {
	o := Options{flood: true}
	o.fill()
	cast, err := o.plan(0)
	if err != nil {
		t.Fatal(err)
	}
	results := func(f *traffic.Flow) int {
		var b []byte
		for range 1000 {
			b = f.Append(b)
		}
		return bytes.Count(b, []byte(" type='result' "))
	}
	if n := results(cast.flows[len(cast.flows)-1]); n != 0 {
		t.Errorf("%d of a thousand stanzas of the flood are results", n)
	}
	if results(cast.flows[0]) == 0 {
		t.Error("the usual mix has no results")
	}
	o.Mix = []traffic.Shape{{Name: "a", Weight: 1, Text: "<iq type='result' from='{from}' to='{to}' id='{id}'/>"}}
	if _, err := o.plan(0); err == nil {
		t.Error("a flood of results is taken")
	}
}
