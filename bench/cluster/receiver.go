// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"weir/internal/cluster/link"
)

// receiver counts what has come. Its lock is taken once a frame.
type receiver struct {
	mu          sync.Mutex
	n           int
	first, last int64
	times       *hdrhistogram.Histogram // in ns
}

func newReceiver() *receiver {
	return &receiver{times: hdrhistogram.New(1000, int64(time.Minute), 3)}
}

func (r *receiver) deliver(_ link.Peer, b *link.Batch) {
	at := now()
	r.mu.Lock()
	if r.n == 0 {
		r.first = at
	}
	r.last = at
	b.Each(func(_ uint64, stanza []byte) {
		r.n++
		r.times.RecordValue(at - int64(binary.BigEndian.Uint64(stanza[:stampLen])))
	})
	r.mu.Unlock()
	b.Done()
}

// take gives what was counted, and begins anew.
func (r *receiver) take() answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := answer{
		Received: r.n, Span: time.Duration(r.last - r.first),
		P50:  time.Duration(r.times.ValueAtQuantile(50)),
		P99:  time.Duration(r.times.ValueAtQuantile(99)),
		Most: time.Duration(r.times.Max()),
	}
	r.n = 0
	r.times.Reset()
	return a
}
