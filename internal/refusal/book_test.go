// SPDX-License-Identifier: Apache-2.0

package refusal

import (
	"strconv"
	"strings"
	"testing"
)

func TestBook(t *testing.T) {
	var b Book
	if len(b.Recent()) != 0 || len(b.Connections()) != 0 {
		t.Error("an empty book has entries")
	}
	for i := range 3 * recentMax {
		e := Entry{Reason: "denied", Component: strconv.Itoa(i)}
		if i%3 == 0 {
			b.Connection(e)
		} else {
			b.Stream(e)
		}
	}
	if got := b.Connections()["denied"]; got != recentMax {
		t.Errorf("%d connections", got)
	}
	all := b.Recent()
	if len(all) != recentMax {
		t.Fatalf("%d are remembered", len(all))
	}
	for i, e := range all {
		if want := strconv.Itoa(3*recentMax - 1 - i); e.Component != want || e.At.IsZero() {
			t.Errorf("%d: %+v, want %s", i, e, want)
		}
	}
}

func TestNamesAreBounded(t *testing.T) {
	var b Book
	b.Stream(Entry{Component: strings.Repeat("x", 1023)})
	if got := len(b.Recent()[0].Component); got != nameBytesMax {
		t.Errorf("%d bytes of a name are kept", got)
	}
}
