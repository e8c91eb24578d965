// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"sync/atomic"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// flood is a component that sends as fast as it is let, in the background, until its connection is closed.
type flood struct {
	stanzas atomic.Int64 // wholly sent
	ended   chan struct{}
}

// startFlood sends what next makes of the stanzas' numbers, most of them at most (0: no end). The peer sends nothing else.
func startFlood(p *xmpptest.Peer, most int, next func(i int) string) *flood {
	f := &flood{ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		for i := 0; most == 0 || i < most; i++ {
			if p.TrySend(next(i)) != nil {
				return
			}
			f.stanzas.Add(1)
		}
	}()
	return f
}

// waitStill waits until nothing has been taken of the flood for a while, which weir is not to do anything about meanwhile.
func (f *flood) waitStill(t *testing.T, d time.Duration) {
	t.Helper()
	last, since := f.stanzas.Load(), time.Now()
	waitFor(t, "a flood to be stopped", func() bool {
		if n := f.stanzas.Load(); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > d
	})
}
