// SPDX-License-Identifier: Apache-2.0

package corpus

import (
	"bytes"
	"encoding/xml"
	"hash/fnv"
	"io"
	"strings"
	"testing"
)

// profile is what a set is meant to be; densities are per 1024 bytes, high is the share of bytes beyond ASCII.
type profile struct{ mean, markup, attrs, high float64 }

var profiles = map[string]profile{
	"mix":   {488, 17.1, 20.0, 0.022},
	"small": {167, 24.5, 24.5, 0},
	"large": {30.8 * 1000, 0.5, 0.2, 0},
	"deep":  {1859, 35.5, 64.1, 0},
	"disco": {944, 20.6, 26.1, 0},
	"intl":  {445, 9.2, 9.2, 0.66},
}

func TestSetsHaveTheirProfile(t *testing.T) {
	for _, set := range Sets {
		sts := Stanzas(set, 4<<20)
		all := strings.Join(sts, "")
		kb := float64(len(all)) / 1024
		got := profile{
			mean:   float64(len(all)) / float64(len(sts)),
			markup: float64(strings.Count(all, "<")) / kb,
			attrs:  float64(countAttrs(t, all)) / kb,
			high:   float64(countHigh(all)) / float64(len(all)),
		}
		want := profiles[set]
		t.Logf("%-6s mean %.0f (%.0f)  '<' %.2f (%.1f)  attributes %.2f (%.1f)  high %.3f (%.3f)", set,
			got.mean, want.mean, got.markup, want.markup, got.attrs, want.attrs, got.high, want.high)
		for _, c := range []struct {
			what      string
			got, want float64
		}{{"mean size", got.mean, want.mean}, {"'<' per KB", got.markup, want.markup}, {"attributes per KB", got.attrs, want.attrs}, {"non-ASCII share", got.high, want.high}} {
			slack := 0.05 * c.want
			if c.want < 1 && c.what != "non-ASCII share" {
				slack = 0.05 // the table gives one digit
			}
			if d := c.got - c.want; d > slack || -d > slack {
				t.Errorf("%s: %s is %.3f, want %.3f within 5 %%", set, c.what, c.got, c.want)
			}
		}
	}
}

func countAttrs(t *testing.T, stanzas string) (n int) {
	d := xml.NewDecoder(strings.NewReader(Header + stanzas + Trailer))
	for {
		tok, err := d.RawToken()
		if err == io.EOF {
			return n - 3 // the header's
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := tok.(xml.StartElement); ok {
			n += len(s.Attr)
		}
	}
}

func countHigh(s string) (n int) {
	for i := range len(s) {
		if s[i] >= 0x80 {
			n++
		}
	}
	return n
}

func TestSetsAreTheSameEverywhere(t *testing.T) {
	for _, set := range Sets {
		a, b := Make(set, 1<<20), Make(set, 1<<20)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two calls differ", set)
		}
		h := fnv.New64a()
		h.Write(a)
		if got, want := h.Sum64(), sums[set]; got != want {
			t.Errorf("%s: the bytes have changed: sum %#x, want %#x. Figures measured before no longer compare.", set, got, want)
		}
	}
}

// sums are FNV-1a of each set's first MiB (of whole stanzas).
var sums = map[string]uint64{
	"mix":   0x5db5748d96d8906e,
	"small": 0x829aebe6a2baa689,
	"large": 0x65add5e350d7438b,
	"deep":  0xb4d1ac6bfb80e0f6,
	"disco": 0xa2030740869aa36,
	"intl":  0xf9496345041a76d,
}
