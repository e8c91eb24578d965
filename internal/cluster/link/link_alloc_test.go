// SPDX-License-Identifier: Apache-2.0

//go:build !race

package link_test

import (
	"encoding/binary"
	"testing"

	"weir/internal/cluster/link"
	"weir/internal/cluster/link/linktest"
)

// mirror is a link whose peer takes everything.
func mirror(tb testing.TB) (*link.Link, link.Peer) {
	tb.Helper()
	net := linktest.NewNetwork(1)
	self, peer := linktest.Peer(0, 1), linktest.Peer(1, 2)
	done := func(_ link.Peer, b *link.Batch) { b.Done() }
	lost := func(link.Peer, *link.Unacked) {} // at the end
	var l *link.Link
	for _, p := range []link.Peer{peer, self} {
		var err error
		if l, err = link.New(link.Options{Self: p, Bus: net.Bus(p.Node), Deliver: done, Lost: lost}); err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(l.Close)
	}
	return l, peer
}

// Taking a stanza allocates nothing. What carries frames does, once a frame.
func TestSendAllocatesNothing(t *testing.T) {
	l, peer := mirror(t)
	stanza := make([]byte, 180)
	send := func() {
		for range 50 { // less than a frame, and within it
			if err := l.Send(peer, 0, 1, stanza); err != nil {
				t.Fatal(err)
			}
		}
	}
	send()
	l.Flush()
	if err := l.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := 0
	per := testing.AllocsPerRun(200, func() {
		send()
		if n++; n%20 == 0 { // what is sent comes back to the pools
			l.Flush()
			if err := l.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
	// 50 stanzas a run: frames, their copies on the bus, batches and control frames are a few to 80 stanzas.
	if per >= 10 {
		t.Errorf("%.1f allocations for 50 stanzas", per)
	}
}

func BenchmarkSend(b *testing.B) {
	l, peer := mirror(b)
	stanza := make([]byte, 180)
	binary.BigEndian.PutUint64(stanza, 1)
	b.SetBytes(180)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for l.Send(peer, 0, 1, stanza) != nil {
			l.Flush()
		}
		if i%256 == 255 {
			l.Flush()
		}
	}
}
