// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"weir/internal/cluster/link"
)

// stampLen is the part of each stanza that says when it was sent.
const stampLen = 8

// now is the machine's monotonic clock, which all processes read alike.
func now() int64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil {
		panic("no monotonic clock")
	}
	return t.Nano()
}

func (nd *node) alive(p link.Peer) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	alive, err := nd.l.Probe(ctx, p)
	return alive && err == nil
}

// load sends as much as is taken, from as many goroutines as there are processors, as loops do: what one read has
// brought, then Flush. It waits until everything is acknowledged.
func (nd *node) load(o *order) int {
	var sent atomic.Int64
	var wait sync.WaitGroup
	end := time.Now().Add(o.For)
	for loop := range runtime.NumCPU() {
		wait.Go(func() {
			stanza := make([]byte, o.Bytes)
			for i := loop; time.Now().Before(end); i++ {
				sent.Add(int64(nd.burst(nd.peers[o.To[i%len(o.To)]], stanza, o.PerTick, i)))
			}
		})
	}
	wait.Wait()
	nd.drain()
	return int(sent.Load())
}

// burst is one tick of a loop. A full queue ends it: the loop would not read for a while.
func (nd *node) burst(to link.Peer, stanza []byte, n, i int) (sent int) {
	binary.BigEndian.PutUint64(stanza, uint64(now()))
	for ; sent < n; sent++ {
		if err := nd.l.Send(to, uint8((i+sent)%4), 1, stanza); err != nil {
			if !errors.Is(err, link.ErrWindow) {
				panic(err)
			}
			nd.l.Flush()
			time.Sleep(time.Millisecond)
			return sent
		}
	}
	nd.l.Flush()
	return sent
}

// pace sends single stanzas at a rate, each with its own flush.
func (nd *node) pace(o *order) (sent int) {
	stanza := make([]byte, o.Bytes)
	every := time.Second / time.Duration(o.Rate)
	begin := time.Now()
	for next := begin; next.Sub(begin) < o.For; next = next.Add(every) {
		time.Sleep(time.Until(next))
		sent += nd.burst(nd.peers[o.To[sent%len(o.To)]], stanza, 1, sent)
	}
	nd.drain()
	return sent
}

func (nd *node) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := nd.l.Drain(ctx); err != nil {
		panic(err)
	}
}
