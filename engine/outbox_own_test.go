// SPDX-License-Identifier: Apache-2.0

package engine

import "testing"

// What waits of our own is told apart from what others have sent, whatever is
// written of either and however it is divided into chunks.
func TestOwnBytesAreToldApart(t *testing.T) {
	var o outbox
	var count Counters
	own, others := make([]byte, 700), make([]byte, 1500)
	type piece struct{ own, end int }
	var waiting []piece // with its end, counted from the first byte of all
	put, took := 0, 0
	for range 50 {
		o.putOwn(own)
		put += len(own)
		waiting = append(waiting, piece{len(own), put})
		o.put(&Run{Bytes: others, Ends: []uint32{500, uint32(len(others))}, Src: 7})
		put += len(others)
		waiting = append(waiting, piece{0, put})
	}
	for took < put {
		n := min(1+took%1999, put-took)
		o.consume(n, &count, nil)
		took += n
		want := 0
		for _, p := range waiting {
			if p.end > took {
				want += p.own
			}
		}
		if o.own != want {
			t.Fatalf("after %d of %d bytes %d of our own wait, want %d", took, put, o.own, want)
		}
	}
	o.putOwn(own)
	o.keepBegun(0)
	if o.own != 0 || o.queued != 0 {
		t.Errorf("of an outbox that was given away %d bytes of our own wait", o.own)
	}
}
