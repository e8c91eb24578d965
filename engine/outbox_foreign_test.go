// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"slices"
	"testing"
)

// A unit from outside is told when its last byte is written, once, and nobody
// else's is.
func TestForeignUnitsAreSettledWhenWritten(t *testing.T) {
	var o outbox
	var count Counters
	var settled []uint32
	take := func(n int) { o.consume(n, &count, func(src uint32) { settled = append(settled, src) }) }
	o.put(One([]byte("local"), 7))
	o.put(&Run{Bytes: []byte("onetwo"), Ends: []uint32{3, 6}, Src: Foreign + 1})
	o.putOwn([]byte("ours"))
	o.put(One([]byte("last"), Foreign+2))

	take(len("localon"))
	if len(settled) != 0 {
		t.Errorf("settled before its last byte: %v", settled)
	}
	take(len("etwo"))
	take(len("ourslas"))
	take(1)
	if want := []uint32{Foreign + 1, Foreign + 1, Foreign + 2}; !slices.Equal(settled, want) {
		t.Errorf("settled %v, want %v", settled, want)
	}
	if count.Delivered != 4 {
		t.Errorf("%d delivered", count.Delivered)
	}
}
